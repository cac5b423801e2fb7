"""Contact sheets of synthetic faces, for eyes and documents."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.synthetic.parameters import draw_faces
from fcsrlib.data.synthetic.renderer import RenderedFaces, render_faces
from fcsrlib.errors import DataError

COLUMNS = 8
CLASS_COLOURS = np.array(
    [
        (0, 0, 0), (233, 188, 156), (120, 66, 18), (160, 96, 40), (52, 120, 200), (80, 170, 230),
        (214, 138, 104), (200, 60, 80), (120, 0, 30), (226, 96, 116), (80, 60, 120),
    ],
    np.uint8,
)  # fmt: skip
"""One RGB colour per class of the parsing map."""


def save_contact_sheet(
    path: Path, num_faces: int = 48, seed: int = 0, side: int = 144, annotations: bool = False
) -> None:
    """Write a PNG of ``num_faces`` faces in rows of eight.

    Args:
        path: File to write.
        num_faces: Number of faces, each of another person.
        seed: Seed of all draws.
        side: Side of a face in pixels.
        annotations: Show each face with its landmarks, and its parsing map beside it.

    Raises:
        DataError: A number is out of range, or the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise DataError(f"'{path}' is no name of a PNG file; end it in .png.")
    faces = render_faces(draw_faces(num_faces, num_faces, seed), side)
    tiles = _annotate(faces) if annotations else faces.image
    if not cv2.imwrite(str(path), lay_out(tiles)[..., ::-1]):
        raise DataError(f"'{path}' could not be written; give a .png path in an existing folder.")


def lay_out(tiles: NDArray[np.uint8], columns: int = COLUMNS) -> NDArray[np.uint8]:
    """Lay (N, h, w, 3) tiles out in rows; the last row is filled up with white."""
    columns = min(columns, len(tiles))
    missing = -len(tiles) % columns
    tiles = np.concatenate([tiles, np.full((missing, *tiles.shape[1:]), 255, np.uint8)])
    rows = tiles.reshape(-1, columns, *tiles.shape[1:])
    height, width = tiles.shape[1:3]
    return rows.transpose(0, 2, 1, 3, 4).reshape(len(rows) * height, columns * width, 3)


def _annotate(faces: RenderedFaces) -> NDArray[np.uint8]:
    """Return (N, S, 2 S, 3): the face with its landmarks, then its parsing map."""
    images = faces.image.copy()
    side = images.shape[1]
    face = np.arange(len(images))[:, None, None]
    pixel = np.rint(faces.landmarks).astype(int).clip(0, side - 1)
    images[face, pixel[..., 1:], pixel[..., :1]] = (0, 255, 90)
    return np.concatenate([images, CLASS_COLOURS[faces.parsing]], axis=2)
