"""Draws input, hole and result side by side."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.inference.lr_input import PreparedFace

_HOLE_GRAY = 191
_GAP_PX = 2


def draw_comparison(face: PreparedFace, result: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the input, the input with its hole in gray, and the result, all as large as this.

    Args:
        face: The prepared face.
        result: Its restoration, uint8 (side, side, 3).

    Returns:
        uint8 (side, 3 * side + gaps, 3).
    """
    masked = face.square.copy()
    if face.hole is not None:
        masked[face.hole] = _HOLE_GRAY
    side = result.shape[0]
    gap = np.full((side, _GAP_PX, 3), 255, np.uint8)
    cells = [_fit(face.square, side), gap, _fit(masked, side), gap, result]
    return np.concatenate(cells, 1)


def _fit(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Repeat pixels of smaller images, average those of larger ones."""
    how = cv2.INTER_NEAREST_EXACT if image.shape[0] < side else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, (side, side), interpolation=how), np.uint8)
