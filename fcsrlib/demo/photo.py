"""Reads the page's photo, and brings holes from the canvas that people paint on to the photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fcsrlib.degradation import touch_cover
from fcsrlib.degradation.cover import COVERED_LEVEL
from fcsrlib.errors import DataError
from fcsrlib.inference.hole_masks import Hole
from fcsrlib.inference.image_io import FoundImage, read_any
from fcsrlib.inference.lr_input import MIN_SIDE_PX

Pixels = NDArray[np.uint8]

MAX_PIXELS = 40_000_000
"""Larger photos and results are refused: a page holds several copies of each."""
PAINT = (255, 47, 160)
"""Colour of the brush, RGB; it hardly occurs in photographs."""
MAX_CANVAS_PX = 1024
_MIN_CANVAS_PX = 512


def read_photo(path: str | Path) -> FoundImage:
    """Return an uploaded photo.

    Raises:
        DataError: It is gone, of more than :data:`MAX_PIXELS`, or less than 16 px on a side.
        UndecodableImageError: It is damaged or no image; messages name the file, not its folder.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("the photo is no longer here; open it again.")
    try:
        _check_pixels(path)
        found = read_any(path)
    except DataError as error:
        raise type(error)(str(error).replace(str(path), path.name)) from error
    height, width = found.pixels.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise DataError(
            f"{path.name} is {width}x{height}; expected at least {MIN_SIDE_PX} px on each side."
        )
    return found


def make_canvas(pixels: Pixels) -> Pixels:
    """Return a photo at a size to paint on: large ones shrunk, the pixels of small ones repeated.

    Args:
        pixels: RGB, uint8 (H, W, 3).
    """
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if longer > MAX_CANVAS_PX:
        share = MAX_CANVAS_PX / longer
        size = (max(1, round(width * share)), max(1, round(height * share)))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    times = max(1, math.ceil(_MIN_CANVAS_PX / longer))
    return np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))


def read_strokes(layers: Sequence[Pixels], height: int, width: int) -> Hole | None:
    """Return what the strokes on a canvas touch of a photo, bool (height, width); None: nothing.

    Args:
        layers: RGBA layers of the canvas, uint8 (h, w, 4), opaque where somebody painted.
        height: The photo's.
        width: The photo's.
    """
    painted = [layer[:, :, 3] >= COVERED_LEVEL for layer in layers]
    touched = [touch_cover(one, height, width) for one in painted if one.any()]
    return np.logical_or.reduce(touched) if touched else None


def draw_strokes(hole: Hole, height: int, width: int) -> Pixels:
    """Return a layer of a canvas of this size that is painted where ``hole`` touches it.

    Args:
        hole: (H, W), True = hidden.
        height: The canvas's.
        width: The canvas's.

    Returns:
        RGBA, uint8 (height, width, 4).
    """
    layer = np.zeros((height, width, 4), np.uint8)
    layer[touch_cover(hole, height, width) > 0] = (*PAINT, 255)
    return layer


def _check_pixels(path: Path) -> None:
    """Refuse too large a photo by its header, before anything is decoded."""
    try:
        with Image.open(path) as opened:
            width, height = opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return  # whoever decodes it says what is wrong
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{path} is {width}x{height}; expected at most {MAX_PIXELS // 10**6} megapixels: "
            "shrink it first, or use 'fcsr restore'."
        )
