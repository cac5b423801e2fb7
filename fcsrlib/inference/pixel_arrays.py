"""Arrays and tensors of any usual kind as RGB pixels, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.errors import DataError

WHITE, BLACK = 255, 0
_CHANNELS = (1, 3, 4)
_TOLERANCE = 1e-3  # floats that resizing or half precision left a little outside [0, 1]


def to_array(image: NDArray[Any] | Tensor) -> tuple[NDArray[Any], str]:
    """Return an array (H, W) or (H, W, C) and whether it came as ``array`` or ``tensor``.

    Raises:
        DataError: A tensor that is neither (H, W) nor channels first.
    """
    if isinstance(image, np.ndarray):
        return image, "array"
    if image.ndim == 3 and image.shape[0] not in _CHANNELS:
        raise DataError(
            f"the tensor is {tuple(image.shape)}; expected channels first: (H, W), (1, H, W), "
            "(3, H, W) or (4, H, W)."
        )
    tensor = image.detach().cpu()
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    return (tensor.permute(1, 2, 0) if tensor.ndim == 3 else tensor).numpy(), "tensor"


def to_rgb(
    array: NDArray[Any], name: str, background: int
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return RGB pixels, uint8 (H, W, 3), and what had to be decided.

    Args:
        array: (H, W) or (H, W, C) with one channel, RGB or RGBA; uint8, uint16 or floats.
        name: What it is, for errors.
        background: Gray level under transparent pixels.

    Raises:
        DataError: Another shape, type or range.
    """
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in _CHANNELS or not array.size:
        raise DataError(
            f"{name} is {describe_array(array)}; expected (H, W), (H, W, 1), (H, W, 3) or "
            "(H, W, 4)."
        )
    pixels = to_bytes(array, name)
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, 2), ()
    if pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels), ()
    return _lay_over(pixels, background)


def to_bytes(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Return numbers as 8-bit levels.

    Raises:
        DataError: Neither uint8, uint16 nor floats in [0, 1].
    """
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if not np.issubdtype(array.dtype, np.floating):
        raise DataError(
            f"{name} is {array.dtype}; expected uint8, uint16 or floats in [0, 1]: convert it "
            "with .astype."
        )
    low, high = float(array.min()), float(array.max())
    if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # NaN fails too
        raise DataError(
            f"{name} holds floats from {low:.4g} to {high:.4g}; expected [0, 1]: divide by their "
            "white level."
        )
    return (array.clip(0, 1) * 255).round().astype(np.uint8)


def describe_array(array: NDArray[Any]) -> str:
    """Return type and shape, for errors."""
    return f"{array.dtype} {array.shape}"


def _lay_over(
    pixels: NDArray[np.uint8], background: int
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    opacity = pixels[:, :, 3:]
    if opacity.min() == 255:
        return np.ascontiguousarray(pixels[:, :, :3]), ()
    mixed = pixels[:, :, :3].astype(np.uint32) * opacity + background * (255 - opacity.astype("u4"))
    shade = "white" if background == WHITE else "black"
    return ((mixed + 127) // 255).astype(np.uint8), (f"transparent pixels laid over {shade}",)
