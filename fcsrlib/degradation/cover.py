"""What covers a face, brought to low resolution: one rule for evaluation and for use."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

COVERED_LEVEL = 128
"""A mask's 8-bit pixel of this or more is covered."""


def shrink_cover(cover: NDArray[Any], side: int) -> NDArray[np.uint8]:
    """Return the hole of a small face, 1 = any part of the small pixel is covered.

    Args:
        cover: (H, W), 1 = covered; any size, also smaller than ``side``.
        side: Side of the small face.

    Returns:
        The mask, uint8 (side, side).
    """
    return touch_cover(cover, side, side)


def touch_cover(cover: NDArray[Any], height: int, width: int) -> NDArray[np.uint8]:
    """Return :func:`shrink_cover`'s mask at any ``height`` and ``width``, larger ones included."""
    if cover.shape == (height, width):
        return np.ascontiguousarray(cover, np.uint8)
    whole = torch.from_numpy(np.ascontiguousarray(cover, np.float32))
    # Its windows run from floor(i * H / h) to ceil((i + 1) * H / h): all pixels that touch.
    touched = F.adaptive_max_pool2d(whole[None], (height, width))[0]
    return touched.numpy().astype(np.uint8)
