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
    window = find_window(hole, 2 * seam)
    around = hole[window]
    seamless = fit_seam(square[window], around, ~around, enlarged[window], seam)
    filled[window][around] = seamless.round().astype(np.uint8)[around]
    return filled


def fit_seam(square: Pixels, hole: Hole, visible: Hole, given: Pixels, seam: int) -> Planes:
    """Return ``given`` so that no edge shows where it fills the hole of ``square``.

    Added is a smooth offset that is 0 deeper in the hole than the seam.

    Args:
        square: What is filled, uint8 (h, w, 3).
        hole: bool (h, w), True = to be filled.
        visible: bool (h, w), True = to be met along the hole; none of the hole.
        given: What the hole is filled with, uint8 (h, w, 3).
        seam: Width of the seam inside the hole, in pixels.

    Returns:
        float32 (h, w, 3) in [0, 255].
    """
    planes = given.astype(np.float32)
    return np.asarray((planes + _find_offset(square, hole, visible, planes, seam)).clip(0, 255))


def find_window(hole: Hole, margin: int) -> tuple[slice, slice]:
    """Return the smallest window around the hole, widened by ``margin`` within the image."""
    bounds = []
    for axis in (1, 0):
        places = np.flatnonzero(hole.any(axis))
        bounds.append(slice(max(int(places[0]) - margin, 0), int(places[-1]) + margin + 1))
    return bounds[0], bounds[1]


def _find_offset(square: Pixels, hole: Hole, is_met: Hole, given: Planes, seam: int) -> Planes:
    visible = is_met.astype(np.float32)
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
