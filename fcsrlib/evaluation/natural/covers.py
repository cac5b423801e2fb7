"""Brings an image and what covers it into the frame of the restored face, and to low resolution."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import crop_square, find_central_square
from fcsrlib.degradation.cover import COVERED_LEVEL
from fcsrlib.errors import DataError

Image = NDArray[np.uint8]

RULE = (
    "a mask's pixel of 128 or more is covered; a low-resolution pixel is hidden if any part of it "
    "is covered"
)
_MARGIN = 9 / 8  # aligned faces are 144 px, of which evaluation takes the central 128
_TOUCHED = 1e-6


def frame_image(image: Image, side: int) -> Image:
    """Return what the networks restore of an image (H, W, 3), (side, side, 3).

    A square image of at most ``side`` is an aligned crop and is taken whole. Of any other the
    central square is brought to 9/8 of ``side`` and its central part taken, as CelebA's 178x218
    become 144 and then 128.
    """
    return _frame(image, side, cv2.INTER_CUBIC)


def frame_cover(mask: Image, shape: tuple[int, int], side: int) -> Image:
    """Return where the framed face is covered, uint8 (side, side), 1 = covered at least in part.

    Args:
        mask: (h, w), 255 = covered; as large as the image, or a square that lies over the framed
            face, for example at low resolution.
        shape: Height and width of the image.
        side: Side of the framed face.

    Raises:
        DataError: The mask is neither.
    """
    covered = (mask >= COVERED_LEVEL).astype(np.float32)
    if mask.shape == shape:
        return (_frame(covered, side, cv2.INTER_NEAREST) > _TOUCHED).astype(np.uint8)
    height, width = mask.shape
    if height != width or side % height:
        raise DataError(
            f"the mask is {width}x{height}; expected {shape[1]}x{shape[0]} like its image, or a "
            f"square whose side divides {side}."
        )
    repeat = side // height
    return covered.astype(np.uint8).repeat(repeat, 0).repeat(repeat, 1)


def _frame(image: NDArray[Any], side: int, enlarging: int) -> NDArray[Any]:
    height, width = image.shape[:2]
    if height == width <= side:
        return _resize(image, side, enlarging)
    square_side = min(height, width)
    left, top = find_central_square(height, width, square_side)
    framed_side = round(side * _MARGIN)
    square = _resize(crop_square(image, left, top, square_side), framed_side, enlarging)
    left, top = find_central_square(framed_side, framed_side, side)
    return np.ascontiguousarray(crop_square(square, left, top, side))


def _resize(image: NDArray[Any], side: int, enlarging: int) -> NDArray[Any]:
    if image.shape[0] == side:
        return image
    how = cv2.INTER_AREA if image.shape[0] > side else enlarging
    return cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=how)
