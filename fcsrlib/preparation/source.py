"""The faces to prepare: a data set in any layout that the library recognises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fcsrlib.data import CelebA, PackedFaces
from fcsrlib.data.celeba import open_images
from fcsrlib.data.image_archive import FolderImages, ImageStore
from fcsrlib.data.layouts import Layout, recognise_layout
from fcsrlib.data.splits import SPLITS
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS


def check_folder(root: Path) -> Layout:
    """Return the layout of the data set in ``root``.

    Raises:
        DataError: ``root`` is no folder.
    """
    if not root.is_dir():
        raise DataError(f"{root} is no folder; give the one that holds the data set.")
    return recognise_layout(root)


def open_splits(
    root: Path, splits: Sequence[str] = SPLITS, max_images: int | None = None, **options: Any
) -> dict[str, Any]:
    """Open the readers of some splits.

    Args:
        root: The data set's folder.
        splits: Names of the splits.
        max_images: Keep only the first so many of each.
        options: Further arguments of the reader.

    Raises:
        DataError: The folder or one of the splits is absent, incomplete or malformed.
    """
    reader = check_folder(root).reader
    return {split: open_split(root, reader, split, max_images, **options) for split in splits}


def open_split(
    root: Path, reader: str, split: str, max_images: int | None = None, **options: Any
) -> Any:
    """Open one split.

    Raises:
        DataError: It is absent, incomplete or malformed; the message names ``--splits``.
    """
    arguments = dict(type=reader, root=root, split=split, max_images=max_images, **options)
    try:
        return DATASETS.build(arguments)
    except DataError as error:
        raise DataError(
            f"split '{split}': {error} (Where a data set has no such split, leave it out of "
            "--splits.)"
        ) from error


def open_files(source: Any) -> ImageStore:
    """Return the image files behind a reader, as they are before it crops and aligns them.

    Raises:
        DataError: The reader has none: a pack.
    """
    if isinstance(source, PackedFaces):
        raise DataError(f"{source.root} is a pack already; give the data set it was made of.")
    if isinstance(source, CelebA):
        return open_images(source.root)
    return FolderImages(getattr(source, "folder", source.root))
