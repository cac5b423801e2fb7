"""Style loss (Eq. 7): distance between the Gram matrices of VGG-16 feature maps."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fcsrlib.losses.feature_loss import FeatureLoss, check_same_layers
from fcsrlib.losses.reduction import reduce, widen


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


class StyleLoss(FeatureLoss):
    """Style loss, Eq. 7; arguments as for :class:`~fcsrlib.losses.feature_loss.FeatureLoss`.

    ``reduction`` is explained at :func:`style_loss`. A layer's scale enters squared.
    """

    compare = staticmethod(style_loss)
