"""Cuts, out of each image of a batch, the square around its hole."""

from __future__ import annotations

import torch
from torch import Tensor


def crop_around_hole(image: Tensor, hole_mask: Tensor | None, side: int) -> Tensor:
    """Return the square whose centre is that of the hole's bounding box, moved into the image.

    Each image has a place of its own, found without a loop and without reading values in Python,
    so that it works on any device and under compilation. Gradients flow to the pixels.

    Args:
        image: (N, C, H, W), no side shorter than ``side``.
        hole_mask: (N, 1, H, W), 1 = missing. Where it has no hole, or is None: the centre.
        side: Side of the square in pixels.

    Returns:
        (N, C, side, side).
    """
    count, channels, height, width = image.shape
    if hole_mask is None:
        hole_mask = image.new_zeros(count, 1, height, width)
    is_hole = hole_mask[:, 0] > 0
    rows = _place_window(is_hole.any(2), side)[:, None, :, None]
    columns = _place_window(is_hole.any(1), side)[:, None, None, :]
    band = image.gather(2, rows.expand(count, channels, side, width))
    return band.gather(3, columns.expand(count, channels, side, side))


def _place_window(is_hole: Tensor, side: int) -> Tensor:
    """Return the indices (N, side) of a window around the True ones of ``is_hole`` (N, L)."""
    length = is_hole.shape[1]
    present = is_hole.to(torch.uint8)
    # The first maximum: 0 from both ends where there is no hole, which makes the centre below.
    first = present.argmax(1)
    last = length - 1 - present.flip(1).argmax(1)
    start = ((first + last + 1 - side) // 2).clamp(0, length - side)
    return start[:, None] + torch.arange(side, device=is_hole.device)
