"""Perceptual loss (Eq. 5): distance between VGG-16 feature maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import REDUCTIONS, check_choice, check_same_shape, reduce
from fcsrlib.losses.vgg import DEFAULT_LAYERS, VGG16Settings


def perceptual_loss(
    features: Mapping[str, Tensor], target_features: Mapping[str, Tensor], reduction: str = "mean"
) -> Tensor:
    """Return the L1 distance of feature maps, summed over layers (Eq. 5).

    Args:
        features: Layer name → (N, C, h, w).
        target_features: The same layers and shapes.
        reduction: ``'mean'`` over the elements of a layer, or ``'sum'``, the equation's letter:
            the sum over C, h and w divided by h * w, averaged over the batch.

    Raises:
        ContractError: The layers or shapes differ.
    """
    check_same_layers(features, target_features)
    terms = []
    for name, value in features.items():
        term = reduce((value - target_features[name]).abs(), reduction)
        is_mean = reduction == "mean"
        terms.append(term if is_mean else term / (value.shape[-2] * value.shape[-1]))
    return torch.stack(terms).sum()


def check_same_layers(features: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> None:
    """Check that two sets of features can be compared layer by layer.

    Raises:
        ContractError: There are none, or the layers or shapes differ.
    """
    if not features or features.keys() != targets.keys():
        raise ContractError(
            f"features are of layers {list(features)}, the target's of {list(targets)}; "
            "expected the same layers, at least one."
        )
    for name, value in features.items():
        check_same_shape(value, targets[name], f"features {name} of image and target")


class PerceptualLoss(nn.Module):
    """Perceptual loss, Eq. 5.

    Args:
        layers: VGG-16 layers, see :class:`~fcsrlib.losses.vgg.VGG16Features`.
        weights: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        scales: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        input: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        reduction: ``'mean'`` or ``'sum'``, see :func:`perceptual_loss`.

    Raises:
        CheckpointError: The weights cannot be loaded.
        ContractError: The arguments do not fit together.
    """

    def __init__(
        self,
        layers: Sequence[str] = DEFAULT_LAYERS,
        weights: str | Path | None = None,
        scales: Mapping[str, float] | None = None,
        input: str = "caffe",
        reduction: str = "mean",
    ) -> None:
        """Check the arguments and load the features' weights."""
        super().__init__()
        self.vgg = VGG16Settings(layers, weights, scales, input)
        self.reduction = check_choice("reduction", reduction, REDUCTIONS)

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """Compare ``image`` with ``target``, both (N, 3, H, W), RGB in [0, 1].

        Raises:
            ContractError: The shapes do not fit each other or the network.
        """
        check_same_shape(image, target)
        vgg = self.vgg.on(image.device)
        return perceptual_loss(vgg(image), vgg(target), self.reduction)
