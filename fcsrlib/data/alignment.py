"""Moves an image, its points and its labels together: crop, resize, mirror.

Points are x, y with pixel centres at integers, so a pixel of side ``f`` covers
``[x - f/2, x + f/2]`` and resizing maps ``x`` to ``(x + 0.5) * scale - 0.5``. All functions are
pure; NaN points stay NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float32]


def find_central_square(height: int, width: int, side: int) -> tuple[int, int]:
    """Return left and top of the central square; rows 20..197 for CelebA's 178x218."""
    return (width - side) // 2, (height - side) // 2


def crop_square(image: Image, left: int, top: int, side: int) -> Image:
    """Return the square of (H, W) or (H, W, C) whose first pixel is (``left``, ``top``)."""
    return image[top : top + side, left : left + side]


def crop_points(points: Points, left: int, top: int) -> Points:
    """Move points (K, 2) into the frame of the crop that begins at (``left``, ``top``)."""
    return points - np.array([left, top], np.float32)


def resize_image(image: Image, side: int) -> Image:
    """Shrink a square image to ``side``, averaging over the area of each new pixel."""
    if image.shape[0] == side:
        return image
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def resize_labels(labels: Image, side: int) -> Image:
    """Resize a square label map to ``side`` by the label nearest to each new pixel's centre."""
    if labels.shape[0] == side:
        return labels
    resized = cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, np.uint8)


def resize_points(points: Points, from_side: int, to_side: int) -> Points:
    """Move points (K, 2) from an image of ``from_side`` to the same image at ``to_side``."""
    scale = np.float32(to_side / from_side)
    return (points + np.float32(0.5)) * scale - np.float32(0.5)


def mirror_image(image: Image) -> Image:
    """Exchange left and right."""
    return np.asarray(cv2.flip(image, 1), np.uint8)


def mirror_points(points: Points, width: int, permutation: Sequence[int]) -> Points:
    """Exchange left and right of points (K, 2): positions and meanings.

    Args:
        points: Points of an image of ``width`` pixels.
        width: Width of that image.
        permutation: Index of the point that takes each place, see
            :func:`fcsrlib.data.landmarks.mirror_permutation`.
    """
    mirrored = points[list(permutation)]
    mirrored[:, 0] = width - 1 - mirrored[:, 0]
    return mirrored


def mirror_labels(labels: Image, swaps: Sequence[tuple[int, int]]) -> Image:
    """Exchange left and right of a label map: positions and, by ``swaps``, the labels."""
    table = np.arange(256, dtype=np.uint8)
    for one, other in swaps:
        table[one], table[other] = other, one
    return np.asarray(cv2.LUT(cv2.flip(labels, 1), table), np.uint8)
