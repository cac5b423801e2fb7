"""Draws a few faces under every condition: input, each network's result, the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Picture = NDArray[np.uint8]

_GAP_PX = 2
_HEADER_PX = 22
_LABEL_PX = 150
_BAND_CELLS = 9
_HOLE_GREY = 0.75


def to_picture(image: Tensor) -> Picture:
    """Return an image (3, h, w) in [0, 1] as 8-bit RGB (h, w, 3)."""
    pixels = (image.clamp(0, 1) * 255).round().byte()
    return np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())


def show_input(lr_masked: Tensor, hole_mask: Tensor) -> Tensor:
    """Return small faces (N, 3, h, w) with their holes in grey."""
    return lr_masked + _HOLE_GREY * hole_mask


def draw_sheet(
    pictures: Mapping[tuple[str, str], Picture],
    conditions: Sequence[tuple[str, str]],
    rows: Sequence[str],
    num_faces: int,
    side: int,
) -> Picture:
    """Draw bands of columns, one a face and condition; one row a kind of picture.

    Args:
        pictures: (condition, ``<face>_<row>``) → uint8 RGB; small ones are enlarged by repeating
            pixels. Faces without pictures are left out.
        conditions: Name and label of each.
        rows: Names of the rows.
        num_faces: Faces to look for.
        side: Side of a cell in pixels.

    Returns:
        RGB picture, uint8 (rows, columns, 3).
    """
    columns = [
        (face, name, label)
        for face in range(num_faces)
        for name, label in conditions
        if (name, f"{face}_0") in pictures
    ]
    cells = max(_BAND_CELLS // len(conditions), 1) * len(conditions)
    bands = []
    for start in range(0, len(columns), cells):
        chosen = columns[start : start + cells]
        chosen_labels = [label for _, _, label in chosen]
        lines = [_draw_header(chosen_labels, cells, side)]
        for number, row in enumerate(rows):
            found = [pictures[name, f"{face}_{number}"] for face, name, _ in chosen]
            lines.append(_draw_row(row, found, cells, side))
        bands.append(np.concatenate(lines, 0))
    return np.concatenate(bands, 0)


def _draw_header(labels: Sequence[str], cells: int, side: int) -> Picture:
    width = side + _GAP_PX
    header = _blank(_HEADER_PX, _LABEL_PX + cells * width)
    for number, label in enumerate(labels):
        _write(header, label, _LABEL_PX + number * width + 3, _HEADER_PX - 7)
    return header


def _draw_row(name: str, found: Sequence[Picture], cells: int, side: int) -> Picture:
    width = side + _GAP_PX
    row = _blank(width, _LABEL_PX + cells * width)
    words = name.replace("_", " ").split()
    for number, line in enumerate(_wrap(words)):
        _write(row, line, 3, 16 + 16 * number)
    for number, picture in enumerate(found):
        repeat = side // picture.shape[0]
        left = _LABEL_PX + number * width
        row[:side, left : left + side] = picture.repeat(repeat, 0).repeat(repeat, 1)
    return row


def _wrap(words: Sequence[str], length: int = 18) -> list[str]:
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) >= length:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, np.uint8)


def _write(picture: Picture, text: str, left: int, base: int) -> None:
    cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1)
