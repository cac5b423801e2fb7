"""Recognises by its files which data set a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fcsrlib.data.celeba import IMAGE_FOLDER, PARTITION_FILE, find_file
from fcsrlib.data.celebamask_hq import IMAGE_FOLDER as HQ_FOLDER
from fcsrlib.data.helen import SPLIT_LISTS
from fcsrlib.data.lfw import IMAGE_FOLDERS, holds_people
from fcsrlib.data.occluded_faces import IMAGE_FOLDER as OCCLUDED_FOLDER
from fcsrlib.data.occluded_faces import MASK_FOLDER
from fcsrlib.data.pack_file import name_pack_file
from fcsrlib.data.splits import SPLITS

_CELEBA_MARKS = (PARTITION_FILE, IMAGE_FOLDER, f"{IMAGE_FOLDER}.zip")


class Layout(NamedTuple):
    """What a folder holds.

    Attributes:
        reader: Registered name of the reader.
        title: How a log calls it.
    """

    reader: str
    title: str


def recognise_layout(root: Path) -> Layout:
    """Return the layout of a folder; a folder of images where it is none of the known ones."""
    if any((root / name_pack_file(split)).is_file() for split in SPLITS):
        return Layout("PackedFaces", "pack layout")
    if all((root / folder).is_dir() for folder in (OCCLUDED_FOLDER, MASK_FOLDER)):
        return Layout("OccludedFaces", "layout of covered faces and their masks")
    # CelebA-HQ first: its official split needs CelebA's partition file beside it.
    if (root / HQ_FOLDER).is_dir() or _has_19_classes(root):
        return Layout("CelebAMaskHQ", "CelebAMask-HQ layout")
    if any(find_file(root, mark).exists() for mark in _CELEBA_MARKS):
        return Layout("CelebA", "CelebA layout")
    if _is_helen(root):
        return Layout("Helen", "Helen layout")
    if any(holds_people(place) for place in (root, *(root / name for name in IMAGE_FOLDERS))):
        return Layout("LFW", "LFW layout")
    return Layout("FaceFolder", "folder of images")


def _has_19_classes(root: Path) -> bool:
    has_maps = all((root / folder).is_dir() for folder in ("images", "labels"))
    return has_maps and any((root / name).is_file() for name in ("classes.json", "helen11.json"))


def _is_helen(root: Path) -> bool:
    if any((root / name).is_file() for name in SPLIT_LISTS.values()):
        return True
    if (root / "split.txt").is_file() and (root / "images").is_dir():
        return True
    return any((root / "trainset").glob("*.pts"))
