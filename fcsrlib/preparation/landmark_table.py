"""Writes landmarks as the readers look for them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.engine.whole_file import write_whole


def write_landmarks(folder: Path, names: Sequence[str], points: NDArray[np.float32]) -> str:
    """Write ``landmarks_<K>.npz``, whole or not at all, and return its name.

    Args:
        folder: The data set's folder.
        names: File names of the images.
        points: x, y in pixels of the stored images, (N, K, 2); NaN = unknown.

    Raises:
        FCSRError: It cannot be written.
    """
    content = io.BytesIO()
    np.savez(content, names=np.array(names), points=points.astype(np.float32))
    file = f"landmarks_{points.shape[1]}.npz"
    write_whole(content.getvalue(), folder / file)
    return file
