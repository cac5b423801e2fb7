"""Holds restored faces to what was visible of their inputs, each at the size that says most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fcsrlib.inference.back_projection import back_project
from fcsrlib.inference.lr_input import PreparedFace
from fcsrlib.inference.restored import RestoreOptions

_GRAY_SPREAD = 0.5 / 255  # of 8 bits: none


def hold_to_input(
    hr_restored: Tensor,
    lr_masked: Tensor,
    hole_mask: Tensor,
    faces: Sequence[PreparedFace],
    options: RestoreOptions,
) -> Tensor:
    """Return the restored faces after back-projection, (N, 3, H, H).

    With ``keep_detail``, a face between the network's two sizes is held to its input at its own
    size, which says more than the small one, and one below both, if it shall be consistent, to what
    came in. All others are held to the small one if they shall be consistent, and otherwise
    returned as they are.

    Args:
        hr_restored: What the network made, (N, 3, H, H).
        lr_masked: What it made it of, (N, 3, h, h) in [0, 1].
        hole_mask: (N, 1, h, h), 1 = missing.
        faces: The inputs.
        options: What the faces shall be true to.
    """
    lr_side, hr_side = lr_masked.shape[-1], hr_restored.shape[-1]
    sides = np.array([len(face.square) for face in faces])
    is_met = (sides > lr_side) | ((sides < lr_side) & options.consistent)
    is_held_at_own = is_met & (sides < hr_side) & options.keep_detail
    held = hr_restored.clone()
    for side in np.unique(sides[is_held_at_own]):
        places = np.flatnonzero(is_held_at_own & (sides == side)).tolist()
        squares, holes = _stack_squares([faces[place] for place in places], held.device)
        held[places] = back_project(held[places], squares, holes)
    others = np.flatnonzero(~is_held_at_own).tolist()
    if options.consistent and others:
        held[others] = back_project(held[others], lr_masked[others], hole_mask[others])
    return held


def keep_gray(hr_restored: Tensor, lr_masked: Tensor) -> Tensor:
    """Return the restored faces, gray where all that is visible of the input is gray.

    Networks that saw coloured faces would put a coloured patch into the hole of a gray photograph.

    Args:
        hr_restored: What the network made, (N, 3, H, H).
        lr_masked: What it made it of, (N, 3, h, h) in [0, 1].
    """
    spread = lr_masked.amax(1) - lr_masked.amin(1)
    is_gray = spread.flatten(1).amax(1) < _GRAY_SPREAD
    return torch.where(is_gray[:, None, None, None], hr_restored.mean(1, keepdim=True), hr_restored)


def _stack_squares(faces: Sequence[PreparedFace], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return inputs of one size (N, 3, side, side) in [0, 1] and their holes."""
    squares = torch.from_numpy(np.stack([face.square for face in faces])).to(device)
    nothing = np.zeros(faces[0].square.shape[:2], bool)
    holes = [nothing if face.hole is None else face.hole for face in faces]
    hole_mask = torch.from_numpy(np.stack(holes)).to(device)
    return squares.permute(0, 3, 1, 2).float() / 255, hole_mask[:, None].float()
