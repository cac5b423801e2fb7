"""Perceptual loss (Eq. 5): distance between VGG-16 feature maps."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from fcsrlib.losses.feature_loss import FeatureLoss, check_same_layers
from fcsrlib.losses.reduction import reduce


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


class PerceptualLoss(FeatureLoss):
    """Perceptual loss, Eq. 5; arguments as for :class:`~fcsrlib.losses.feature_loss.FeatureLoss`.

    ``reduction`` is explained at :func:`perceptual_loss`.
    """

    compare = staticmethod(perceptual_loss)
