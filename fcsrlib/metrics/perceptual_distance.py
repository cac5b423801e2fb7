"""Perceptual distance: how far apart two images lie in VGG-16's features, not in their pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from fcsrlib.losses.feature_loss import check_same_layers
from fcsrlib.losses.vgg import VGG16Settings
from fcsrlib.metrics.face_metric import FaceMetric
from fcsrlib.registry import METRICS

LAYERS = ("conv1_2", "conv2_2", "conv3_3")


def perceptual_distance(
    features: Mapping[str, Tensor], target_features: Mapping[str, Tensor]
) -> Tensor:
    """Return each image's distance in features, (N,), float64.

    The unweighted baseline of Zhang et al., "The Unreasonable Effectiveness of Deep Features as a
    Perceptual Metric", CVPR 2018: at each position of a layer the vectors over channels are scaled
    to length 1 and the squared length of their difference is taken; then the mean over positions
    and over layers (the paper sums over layers). A scale of a layer's features has no effect.

    Args:
        features: Layer name → (N, C, h, w).
        target_features: The same layers and shapes.

    Returns:
        0 for equal features; at most 2 for features that are not negative, where no channel is
        active in both.

    Raises:
        ContractError: The layers or shapes differ.
    """
    check_same_layers(features, target_features)
    layers = [
        (_normalise(value) - _normalise(target_features[name])).square().sum(1).mean((1, 2))
        for name, value in features.items()
    ]
    return torch.stack(layers).mean(0)


def _normalise(values: Tensor) -> Tensor:
    return functional.normalize(values.double(), dim=1)


@METRICS.register_module()
class PerceptualDistance(FaceMetric):
    """Reports ``perceptual``: the mean :func:`perceptual_distance` of restored and true faces.

    The default layers are the first three of the five that LPIPS reads, as far as the shipped
    weights reach. The numbers compare with each other, not with LPIPS.

    Args:
        layers: VGG-16 layers, see :class:`~fcsrlib.losses.vgg.VGG16Features`.
        weights: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        input: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        **options: ``device``, ``prefix``, ``collect_device``, ``collect_dir``, see
            :class:`~fcsrlib.metrics.face_metric.FaceMetric`.

    Raises:
        CheckpointError: The weights cannot be loaded.
        ContractError: The arguments do not fit together.
    """

    columns = ("perceptual",)

    def __init__(
        self,
        layers: Sequence[str] = LAYERS,
        weights: str | Path | None = None,
        input: str = "caffe",
        **options: Any,
    ) -> None:
        """Check the arguments and load the features' weights."""
        super().__init__(**options)
        self.vgg = VGG16Settings(layers, weights, None, input)
        origin = Path(weights).name if weights else "shipped weights"
        self.protocol = (
            f"perceptual: unit-normalised VGG-16 features of {', '.join(layers)} ({origin}), 8-bit"
        )

    def _score(
        self, restored: Tensor, target: Tensor, labels: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        vgg = self.vgg.on(self.device)
        return {"perceptual": perceptual_distance(vgg(restored), vgg(target))}
