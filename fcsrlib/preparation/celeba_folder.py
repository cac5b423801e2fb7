"""Writes what a folder of CelebA's layout is made of, each file whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.annotations import read_lines
from fcsrlib.data.celeba import IDENTITY_FILE, IMAGE_FOLDER, PARTITION_FILE, find_file
from fcsrlib.engine.whole_file import write_whole

LABEL_FOLDER = "labels"


def write_png(image: NDArray[np.uint8], path: Path) -> None:
    """Write an RGB image or a label map, whole or not at all.

    Raises:
        FCSRError: It cannot be written.
    """
    stored = np.ascontiguousarray(image[..., ::-1]) if image.ndim == 3 else image
    write_whole(cv2.imencode(".png", stored)[1].tobytes(), path)


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


def make_layout(root: Path, out: Path, names: Sequence[str]) -> list[str]:
    """Make a data set of CelebA's layout in ``out``: its images a link, its lists copied.

    Args:
        root: The data set that has them.
        out: Folder of the new one.
        names: Images that the new one's partition keeps.

    Returns:
        Names of the lists.
    """
    images = next(
        place
        for place in (find_file(root, name) for name in (IMAGE_FOLDER, f"{IMAGE_FOLDER}.zip"))
        if place.exists()
    )
    link = out / images.name
    if not link.exists():
        link.unlink(missing_ok=True)
        os.symlink(images.resolve(), link)
    lists = [name for name in (IDENTITY_FILE, PARTITION_FILE) if find_file(root, name).is_file()]
    kept = set(names)
    for name in lists:
        lines = read_lines(find_file(root, name))
        chosen = [f"{line}\n" for line in lines if line.split()[:1] and line.split()[0] in kept]
        write_whole("".join(chosen).encode(), out / name)
    return lists
