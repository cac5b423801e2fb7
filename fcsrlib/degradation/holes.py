"""Holes as pure functions: uint8 masks (side, side), 1 = missing."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import ConfigError

Mask = NDArray[np.uint8]
Range = Sequence[float]


def rectangle(
    rng: np.random.Generator, side: int, area: Range = (0.05, 0.25), aspect: Range = (0.5, 2.0)
) -> Mask:
    """Hide a rectangle anywhere in the image (Fig. 4).

    Args:
        rng: Source of all choices.
        side: Side of the mask in pixels.
        area: Smallest and largest share of the image to hide, met up to rounding to whole pixels.
        aspect: Smallest and largest height / width, drawn in its logarithm; the sides of the
            image bound it further.

    Raises:
        ConfigError: An impossible area.
    """
    check_area(area, side)
    wanted = rng.uniform(area[0], area[1]) * side**2
    ratio = np.exp(rng.uniform(np.log(aspect[0]), np.log(aspect[1])))
    height = int(np.clip(round(float(np.sqrt(wanted * ratio))), wanted / side, side))
    height = max(height, 1)
    width = int(np.clip(round(wanted / height), 1, side))
    return _place(rng, side, height, width)


def strokes(rng: np.random.Generator, side: int, area: Range = (0.05, 0.25)) -> Mask:
    """Hide free-form strokes: wandering lines of changing thickness.

    The share is met to the pixel: the last stroke ends where it is reached.

    Args:
        rng: Source of all choices.
        side: Side of the mask in pixels.
        area: Smallest and largest share of the image to hide.

    Raises:
        ConfigError: An impossible area.
    """
    check_area(area, side)
    wanted = max(round(rng.uniform(area[0], area[1]) * side**2), 1)
    mask = np.zeros((side, side), np.uint8)
    covered, turns_left = 0, 0
    place, angle, thickness = np.zeros(2), 0.0, 1
    while covered < wanted:
        if not turns_left:
            turns_left = int(rng.integers(3, 9))
            place, angle = rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)
            thickness = int(rng.integers(max(side // 16, 1), max(side // 6, 2) + 1))
        angle += rng.uniform(-1, 1)
        length = rng.uniform(side / 12, side / 4)
        end = np.clip(place + length * np.array([np.cos(angle), np.sin(angle)]), 0, side - 1)
        covered += _add_segment(mask, place, end, thickness, wanted - covered)
        place, turns_left = end, turns_left - 1
    return mask


def centred_quarter(side: int) -> Mask:
    """Hide the central (side/2)^2, the quarter of the area that evaluation uses."""
    half = side // 2
    mask = np.zeros((side, side), np.uint8)
    start = (side - half) // 2
    mask[start : start + half, start : start + half] = 1
    return mask


def random_quarter(rng: np.random.Generator, side: int) -> Mask:
    """Hide a square of (side/2)^2 anywhere in the image."""
    return _place(rng, side, side // 2, side // 2)


def grid_block(side: int, rows: int, cols: int, index: int) -> Mask:
    """Hide block ``index``, counted along the rows, of a grid (Tables 3 and 4: 2x2 and 3x3).

    The blocks of a grid cover the image without overlap; where the side does not divide, their
    sides differ by one pixel.

    Raises:
        ConfigError: A grid finer than the pixels, or an index outside it.
    """
    if not (1 <= rows <= side and 1 <= cols <= side):
        raise ConfigError(f"The grid is {rows}x{cols}; expected 1 to {side} rows and columns.")
    if not 0 <= index < rows * cols:
        raise ConfigError(f"Block {index} of a {rows}x{cols} grid; expected 0..{rows * cols - 1}.")
    row, col = divmod(index, cols)
    mask = np.zeros((side, side), np.uint8)
    mask[
        row * side // rows : (row + 1) * side // rows,
        col * side // cols : (col + 1) * side // cols,
    ] = 1
    return mask


def check_area(area: Range, side: int) -> None:
    """Check a range of area shares.

    Raises:
        ConfigError: Not two rising shares in (0, 1], or less than one pixel.
    """
    if len(area) != 2 or not 0 < area[0] <= area[1] <= 1:
        raise ConfigError(
            f"area is {tuple(area)}; expected (smallest, largest) share of the image, "
            "0 < smallest <= largest <= 1."
        )
    if area[1] * side**2 < 1:
        raise ConfigError(
            f"area {tuple(area)} is less than one pixel of {side}x{side}; "
            f"expected at least {1 / side**2:.4f}."
        )


def _place(rng: np.random.Generator, side: int, height: int, width: int) -> Mask:
    top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
    mask = np.zeros((side, side), np.uint8)
    mask[top : top + height, left : left + width] = 1
    return mask


def _add_segment(
    mask: Mask, start: NDArray[np.float64], end: NDArray[np.float64], thickness: int, budget: int
) -> int:
    """Draw a line into ``mask`` and return the pixels gained, at most ``budget``."""
    line = np.zeros_like(mask)
    ends = [(int(x), int(y)) for x, y in (start, end)]
    cv2.line(line, ends[0], ends[1], 1, thickness)
    rows, cols = np.nonzero(line > mask)
    if len(rows) > budget:
        nearest = np.argsort((cols - start[0]) ** 2 + (rows - start[1]) ** 2, kind="stable")
        rows, cols = rows[nearest[:budget]], cols[nearest[:budget]]
    mask[rows, cols] = 1
    return len(rows)
