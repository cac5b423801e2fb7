"""Pasting a completion into the hole (Eq. 2)."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.errors import ContractError
from fcsrlib.layers.size_rule import check_hole_mask


def composite(lr_completed: Tensor, lr_masked: Tensor, hole_mask: Tensor) -> Tensor:
    """Return ``I_LR = (1 - M) * I'_LR + M * I_LR^Occ``, Eq. 2, with ``M = 1 - hole_mask``.

    Pixels are selected, not blended: visible ones are bit-identical to the input whatever the
    completion holds there, and no gradient reaches the completion through them.

    Args:
        lr_completed: ``I'_LR`` (N, C, h, w).
        lr_masked: ``I_LR^Occ`` of the same shape; its content under the hole is not read.
        hole_mask: (N, 1, h, w), 1 = missing; numbers or bool.

    Raises:
        ContractError: The shapes do not belong together.
    """
    if lr_completed.shape != lr_masked.shape:
        raise ContractError(
            f"composite: lr_completed is {tuple(lr_completed.shape)} and lr_masked is "
            f"{tuple(lr_masked.shape)}; a completion must keep its input's shape."
        )
    check_hole_mask("composite", lr_masked, hole_mask)
    return torch.where(hole_mask > 0.5, lr_completed, lr_masked)
