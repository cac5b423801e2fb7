"""Landmarks that lie beside a data set: one npz for all its images, or a ``.pts`` file for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.annotations import load_landmarks
from fcsrlib.data.landmarks import pad_landmarks
from fcsrlib.errors import ConfigError, DataError

_NAMES = ("landmarks_*.npz", "points_*.npz")


def find_landmarks(
    root: Path, names: Sequence[str], num_landmarks: int
) -> NDArray[np.float32] | None:
    """Return the landmarks of ``names``, (N, ``num_landmarks``, 2), in pixels of the image.

    Args:
        root: Folder with one ``landmarks_*.npz`` or ``points_*.npz``; without it the result is
            None.
        names: Names of the images.
        num_landmarks: Points wanted; 68 stored ones are the first of 81, the rest unknown.

    Raises:
        DataError: Several such files, a malformed one, one that lacks an image, or another number
            of points.
    """
    paths = sorted(path for pattern in _NAMES for path in root.glob(pattern))
    if len(paths) > 1:
        found = ", ".join(path.name for path in paths)
        raise DataError(f"{root} has {found}; expected at most one {' or '.join(_NAMES)}.")
    if not paths:
        return None
    return _fit(paths[0], load_landmarks(paths[0], names), num_landmarks)


def read_pts(path: Path, num_landmarks: int) -> NDArray[np.float32]:
    """Read a ``.pts`` file of 300-W, (``num_landmarks``, 2).

    The file counts pixels from 1; the result counts them from 0.

    Raises:
        DataError: Absent, malformed or of another number of points.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        rows = text[text.index("{") + 1 : text.index("}")].split("\n")
        points = np.array([row.split() for row in rows if row.strip()], np.float32) - 1
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(
            f"{path} is malformed ({error}); expected 300-W's rows in braces."
        ) from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise DataError(f"{path} holds rows of shape {points.shape[1:]}; expected x and y in each.")
    return _fit(path, points, num_landmarks)


def _fit(path: Path, points: NDArray[np.float32], num_landmarks: int) -> NDArray[np.float32]:
    try:
        return pad_landmarks(points, num_landmarks)
    except ConfigError as error:
        wanted = "68 or 81" if num_landmarks == 81 else num_landmarks
        raise DataError(
            f"{path} has {points.shape[-2]} points a face; expected {wanted}. Mend the file, take "
            "it away, or set num_landmarks of the source and of the face prior."
        ) from error
