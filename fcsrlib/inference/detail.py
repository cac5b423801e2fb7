"""Puts a restored face into the hole of the input at the input's own resolution."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.inference.hole_masks import Hole

Pixels = NDArray[np.uint8]
Planes = NDArray[Any]

SEAM_PX = 3
"""Width of the seam inside the hole, in pixels of the restored face."""
_LEAST_WEIGHT = 1e-3


def fill_hole(square: Pixels, hole: Hole, restored: Pixels) -> Pixels:
    """Return ``square`` with its hole filled; every visible pixel is bit-identical.

    Along the hole's inner side, the mean difference between the visible pixels and the restored
    face is added and fades out, so that no edge shows. What lay under the hole is not read.

    Args:
        square: The input, uint8 (side, side, 3).
        hole: bool (side, side), True = to be filled.
        restored: The restored face, uint8 (H, H, 3), H up to ``side``.
    """
    side = square.shape[0]
    seam = max(SEAM_PX, round(SEAM_PX * side / restored.shape[0]))
    enlarged = _enlarge(restored, side)
    filled = square.copy()
    # Twice the seam is as far as the blur below reaches.
    window = _find_window(hole, 2 * seam)
    around, given = hole[window], enlarged[window].astype(np.float32)
    seamless = given + _find_offset(square[window], around, given, seam)
    filled[window][around] = seamless.clip(0, 255).round().astype(np.uint8)[around]
    return filled


def _find_offset(square: Planes, hole: Hole, given: Planes, seam: int) -> Planes:
    """Return what to add inside the hole, (h, w, 3): smooth, and 0 deeper than the seam."""
    visible = (~hole).astype(np.float32)
    difference = (square.astype(np.float32) - given) * visible[:, :, None]
    weight = _blur(visible, seam)
    mean = _blur(difference, seam) / np.maximum(weight, _LEAST_WEIGHT)[:, :, None]
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    fade = np.clip(1 - depth / (seam + 1), 0, 1)[:, :, None]
    return np.asarray(mean * fade)


def _blur(planes: Planes, seam: int) -> Planes:
    size = 4 * seam + 1
    return np.asarray(cv2.GaussianBlur(planes, (size, size), seam / 2))


def _enlarge(restored: Pixels, side: int) -> Pixels:
    if restored.shape[0] == side:
        return restored
    return np.asarray(cv2.resize(restored, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _find_window(hole: Hole, margin: int) -> tuple[slice, slice]:
    """Return the smallest window around the hole, widened by ``margin`` within the image."""
    bounds = []
    for axis in (1, 0):
        places = np.flatnonzero(hole.any(axis))
        bounds.append(slice(max(int(places[0]) - margin, 0), int(places[-1]) + margin + 1))
    return bounds[0], bounds[1]
