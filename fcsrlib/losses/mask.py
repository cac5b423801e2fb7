"""Loss of a found mask: cross-entropy of each pixel, and Dice's overlap of the whole."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import check_same_shape, widen

_SMOOTHING = 1.0


def mask_loss(logits: Tensor, mask: Tensor, dice_weight: float = 1.0) -> Tensor:
    """Return binary cross-entropy, averaged over pixels, plus ``dice_weight`` times 1 - Dice.

    Dice is soft, ``(2 sum(p m) + 1) / (sum(p) + sum(m) + 1)`` of each face with p the sigmoid of
    the logits, and averaged over the faces; the ones let a face without an occluder count too
    (Milletari et al., "V-Net", 3DV 2016, with sums in place of squares).

    Args:
        logits: (N, 1, H, W).
        mask: (N, 1, H, W) in [0, 1], 1 = covered.
        dice_weight: Weight of the second term.

    Raises:
        ContractError: The shapes differ.
    """
    check_same_shape(logits, mask, "occlusion_logits and occluder_mask")
    found, truth = widen(logits), widen(mask)
    crossed = F.binary_cross_entropy_with_logits(found, truth)
    share = found.sigmoid()
    both, either = (share * truth).flatten(1).sum(1), (share + truth).flatten(1).sum(1)
    dice = (2 * both + _SMOOTHING) / (either + _SMOOTHING)
    return crossed + dice_weight * (1 - dice).mean()


class MaskLoss(nn.Module):
    """:func:`mask_loss` as a part of slot LOSSES.

    Args:
        dice_weight: Weight of 1 - Dice beside the cross-entropy, at least 0.

    Raises:
        ContractError: A negative weight.
    """

    def __init__(self, dice_weight: float = 1.0) -> None:
        """Check the weight."""
        super().__init__()
        if dice_weight < 0:
            raise ContractError(f"dice_weight is {dice_weight}; expected 0 or more.")
        self.dice_weight = dice_weight

    def forward(self, occlusion_logits: Tensor, occluder_mask: Tensor) -> Tensor:
        """Return the loss of ``occlusion_logits`` against ``occluder_mask``, a scalar."""
        return mask_loss(occlusion_logits, occluder_mask, self.dice_weight)
