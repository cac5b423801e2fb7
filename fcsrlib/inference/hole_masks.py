"""Reads what people give as a hole mask and lays it over the square that is restored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from fcsrlib.data.alignment import crop_square, find_central_square
from fcsrlib.degradation import touch_cover
from fcsrlib.degradation.cover import COVERED_LEVEL
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.image_io import BLACK, ImageLike, read_any
from fcsrlib.inference.pixel_arrays import describe_array, to_array, to_bytes

Hole = NDArray[np.bool_]

_STACK_NDIM = 4


def read_hole(mask: ImageLike) -> Hole:
    """Return a mask as bool (H, W), True = missing.

    Args:
        mask: An array or tensor (H, W), (H, W, 1) or (1, H, W) of bools, 0 and 1, 0 to 255 or
            floats in [0, 1]; or an image file or PIL image, white = missing, where transparent
            pixels count as black. Whole numbers of which none is above 1 count as 0 and 1; of
            others, half of white or more is missing.

    Raises:
        DataError: Another shape, type or range.
        UndecodableImageError: A file that cannot be read.
        ConfigError: No kind of image at all.
    """
    if isinstance(mask, (np.ndarray, Tensor)):
        return _to_hole(_drop_channel(mask))
    if isinstance(mask, (str, Path, Image.Image)) or mask is None:
        rgb = read_any(mask, BLACK).pixels
        return _to_hole(np.asarray(Image.fromarray(rgb).convert("L")))
    return _to_hole(_drop_channel(np.asarray(mask)))


def fit_hole(hole: Hole, height: int, width: int) -> Hole:
    """Return the part of ``hole`` over the central square of an image, (side, side).

    Args:
        hole: (h, w): of the image's proportions at any size, or a square that lies over the
            central square. Where its size differs, whatever it touches is missing.
        height: The image's.
        width: The image's.

    Raises:
        DataError: It is neither, or hides everything.
    """
    rows, cols = hole.shape
    side = min(height, width)
    if rows == cols:
        fitted = touch_cover(hole, side, side)
    elif abs(rows * width / height - cols) < 1:
        whole = touch_cover(hole, height, width)
        left, top = find_central_square(height, width, side)
        fitted = crop_square(whole, left, top, side)
    else:
        raise DataError(
            f"the hole mask is {cols}x{rows} and its image {width}x{height}; expected the same "
            "proportions, or a square for the image's central square."
        )
    if fitted.all():
        raise DataError("the hole mask hides the whole face; expected some of it visible.")
    return fitted.astype(bool)


def _drop_channel(mask: NDArray[Any] | Tensor) -> NDArray[Any]:
    array, _ = to_array(mask)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 or not array.size:
        raise DataError(
            f"the hole mask is {describe_array(array)}; expected one channel: (H, W), (H, W, 1), "
            "or (1, H, W) for a tensor."
        )
    return array


def _to_hole(array: NDArray[Any]) -> Hole:
    if array.dtype == np.bool_:
        return array
    if np.issubdtype(array.dtype, np.integer):
        low, high = int(array.min()), int(array.max())
        if low >= 0 and high <= 1:
            return array.astype(bool)
        if low < 0 or (high > 255 and array.dtype != np.uint16):
            raise DataError(
                f"the hole mask holds numbers from {low} to {high}; expected 0 and 1, or 0 to 255."
            )
        array = array if array.dtype == np.uint16 and high > 255 else array.astype(np.uint8)
    return to_bytes(array, "the hole mask") >= COVERED_LEVEL


def spread_masks(hole_mask: Any, count: int) -> list[Any]:
    """Return one mask for each of ``count`` images.

    Args:
        hole_mask: One mask for all, or a list or stack with one each.
        count: Number of images.

    Raises:
        ConfigError: A list or stack of another length.
    """
    shape = tuple(getattr(hole_mask, "shape", ()))
    is_stack = len(shape) == _STACK_NDIM or (
        len(shape) == _STACK_NDIM - 1 and shape[0] != 1 and shape[-1] != 1
    )
    if not isinstance(hole_mask, (list, tuple)) and not is_stack:
        return [hole_mask] * count
    masks = list(hole_mask)
    if len(masks) != count:
        raise ConfigError(
            f"{len(masks)} hole masks for {count} images; expected one mask for all, or as many."
        )
    return masks
