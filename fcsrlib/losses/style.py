"""Style loss (Eq. 7): distance between the Gram matrices of VGG-16 feature maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from fcsrlib.losses.perceptual import check_same_layers
from fcsrlib.losses.reduction import REDUCTIONS, check_choice, check_same_shape, reduce, widen
from fcsrlib.losses.vgg import DEFAULT_LAYERS, VGG16Settings


def gram_matrix(features: Tensor) -> Tensor:
    """Return ``K_n phi^T phi`` (N, C, C) of ``features`` (N, C, h, w), K_n = 1 / (C h w).

    Always float32 or wider, also under autocast: the sums over h * w lose too much in bfloat16.
    """
    _, channels, height, width = features.shape
    with torch.autocast(features.device.type, enabled=False):
        flat = widen(features).flatten(2)
        return flat @ flat.transpose(1, 2) / (channels * height * width)


def style_loss(
    features: Mapping[str, Tensor], target_features: Mapping[str, Tensor], reduction: str = "mean"
) -> Tensor:
    """Return the L1 distance of Gram matrices, summed over layers (Eq. 7).

    Args:
        features: Layer name → (N, C, h, w).
        target_features: The same layers and shapes.
        reduction: ``'mean'`` divides the sum over the C x C entries by C^2, as partial convolution
            does; ``'sum'`` is the equation's letter. Both average over the batch.

    Raises:
        ContractError: The layers or shapes differ.
    """
    check_same_layers(features, target_features)
    terms = [
        reduce((gram_matrix(value) - gram_matrix(target_features[name])).abs(), reduction)
        for name, value in features.items()
    ]
    return torch.stack(terms).sum()


class StyleLoss(nn.Module):
    """Style loss, Eq. 7. A layer's scale enters squared.

    Args:
        layers: VGG-16 layers, see :class:`~fcsrlib.losses.vgg.VGG16Features`.
        weights: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        scales: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        input: See :class:`~fcsrlib.losses.vgg.VGG16Features`.
        reduction: ``'mean'`` or ``'sum'``, see :func:`style_loss`.

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
        return style_loss(vgg(image), vgg(target), self.reduction)
