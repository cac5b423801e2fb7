"""Small random changes of training faces: shifts by whole pixels, and mirrors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_SHIFT_PX = 4


def augment(faces: Tensor, rng: np.random.Generator) -> Tensor:
    """Return uint8 faces (N, H, W) shifted and mirrored at random, float (N, 1, H, W) in [0, 1].

    Shifts are whole pixels, at most 4; the border is repeated.
    """
    count, side = faces.shape[0], faces.shape[-1]
    shifts = torch.from_numpy(rng.integers(-_SHIFT_PX, _SHIFT_PX + 1, (2, count, 1)))
    is_mirrored = torch.from_numpy(rng.random((count, 1)) < 0.5)
    places = torch.arange(side)[None]
    rows = (places + shifts[0]).clamp(0, side - 1)
    columns = (torch.where(is_mirrored, side - 1 - places, places) + shifts[1]).clamp(0, side - 1)
    moved = faces[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved[:, None].float() / 255
