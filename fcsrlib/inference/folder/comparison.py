"""Draws input and result side by side, of aligned faces and of photographs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.inference.lr_input import PreparedFace
from fcsrlib.inference.photo.restored import PhotoRestored

_HOLE_GRAY = 191
_GAP_PX = 2
_MAX_PHOTO_PX = 1600
_RESTORED, _LEFT = (60, 220, 60), (160, 160, 160)


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


def draw_photo_comparison(photo: NDArray[np.uint8], restored: PhotoRestored) -> NDArray[np.uint8]:
    """Return a photograph before and after, each with its longer side of at most 1600 pixels.

    The squares that the network sees are outlined: green where it has changed the face, else gray.

    Args:
        photo: uint8 (H, W, 3).
        restored: What was made of it, at any size.

    Returns:
        uint8 (h, 2 * w + gap, 3).
    """
    image = np.asarray(restored.image)
    scale = min(1.0, _MAX_PHOTO_PX / max(image.shape[:2]))
    size = tuple(max(1, round(length * scale)) for length in image.shape[1::-1])
    cells = [_resize(one, size) for one in (photo, image)]
    for cell in cells:
        width = max(1, round(max(size) / 400))
        for face in restored.faces:
            places = (face.corners + 0.5) * (size[0] / photo.shape[1]) - 0.5
            colour = _RESTORED if face.is_restored else _LEFT
            outline = places.round().astype(np.int32)[None]
            cv2.polylines(cell, outline, True, colour, width, cv2.LINE_AA)
    gap = np.full((size[1], _GAP_PX, 3), 255, np.uint8)
    return np.concatenate([cells[0], gap, cells[1]], 1)


def _resize(image: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    how = cv2.INTER_CUBIC if image.shape[1] < size[0] else cv2.INTER_AREA
    return np.array(cv2.resize(image, size, interpolation=how), np.uint8)  # drawn on: a copy


def _fit(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Repeat pixels of smaller images, average those of larger ones."""
    how = cv2.INTER_NEAREST_EXACT if image.shape[0] < side else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, (side, side), interpolation=how), np.uint8)
