"""Reads CelebA's aligned release and data sets in its layout."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import (
    crop_points,
    crop_square,
    find_central_square,
    resize_image,
    resize_labels,
    resize_points,
)
from fcsrlib.data.annotations import (
    load_label_table,
    read_five_points,
    read_identities,
    read_partition,
)
from fcsrlib.data.face_labels import merge_labels
from fcsrlib.data.image_archive import FolderImages, ImageStore, ZipImages
from fcsrlib.data.image_files import name_some, read_label_map
from fcsrlib.data.landmark_files import find_landmarks
from fcsrlib.data.sample import ALIGNED_SIDE, UNKNOWN_IDENTITY, Sample, make_sample
from fcsrlib.data.splits import check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

CROP_SIDE = 178
IMAGE_FOLDER = "img_align_celeba"
PARTITION_FILE = "list_eval_partition.txt"
IDENTITY_FILE = "identity_CelebA.txt"
RELEASE_FOLDERS = ("Img", "Eval", "Anno")


@DATASETS.register_module()
class CelebA:
    """Faces of CelebA's aligned release: the central 178x178 (rows 20..197), shrunk to 144.

    The folder holds ``img_align_celeba/*.jpg``, or ``img_align_celeba.zip`` as it is, and
    ``list_eval_partition.txt``; or these in the release's folders ``Img`` and ``Eval``. Read where
    present, unknown where not: ``identity_CelebA.txt``, there or in ``Anno``; one
    ``landmarks_*.npz`` with ``names`` and ``points`` (M, K, 2); a folder ``labels`` or ``parsing``
    of 8-bit PNG label maps, each as large as its image, of Helen's 11 classes (a ``helen11.json``
    there or in the root merges others).

    Attributes:
        names: File names of the split, in the partition file's order.

    Args:
        root: The data set's folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.
        num_landmarks: Points a face, 81 as the face prior networks of the configs predict, or 68;
            where the file holds 68 of 81, the hairline is unknown.

    Raises:
        ConfigError: An unknown split or a ``max_images`` below 1.
        DataError: The folder is absent, incomplete or malformed.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        max_images: int | None = None,
        num_landmarks: int = 81,
    ) -> None:
        """Read the annotations of the split; images are read one by one later."""
        check_split(split, max_images)
        self.root = Path(root)
        self.split = split
        self._images = open_images(self.root)
        names = read_partition(find_file(self.root, PARTITION_FILE), split)
        self._check_present(names)
        self.names = names[:max_images]
        self._identities = self._read_identities()
        self._landmarks = find_landmarks(self.root, self.names, num_landmarks)
        label_folder = self._find_label_folder()
        self._label_paths = self._find_labels(label_folder) if label_folder else {}
        self._label_table = load_label_table(self._find_label_merge(label_folder))

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def read(self, index: int) -> Sample:
        """Return face ``index`` at 144x144.

        Raises:
            UndecodableImageError: The image or its label map is damaged.
            DataError: The image is smaller than 178x178, or its label map does not fit it.
        """
        name = self.names[index]
        image = self._images.read(name)
        height, width = image.shape[:2]
        if min(height, width) < CROP_SIDE:
            raise DataError(
                f"{self._images.place / name} is {width}x{height}; expected CelebA's aligned "
                f"178x218, at least {CROP_SIDE}x{CROP_SIDE}."
            )
        left, top = find_central_square(height, width, CROP_SIDE)
        landmarks = parsing = None
        if self._landmarks is not None:
            points = crop_points(self._landmarks[index], left, top)
            landmarks = resize_points(points, CROP_SIDE, ALIGNED_SIDE)
        if name in self._label_paths:
            labels = self._read_labels(self._label_paths[name], (height, width))
            parsing = resize_labels(crop_square(labels, left, top, CROP_SIDE), ALIGNED_SIDE)
        identity = UNKNOWN_IDENTITY if self._identities is None else self._identities[index]
        face = resize_image(crop_square(image, left, top, CROP_SIDE), ALIGNED_SIDE)
        return make_sample(name, face, landmarks, parsing, identity)

    @property
    def identities(self) -> NDArray[np.int64]:
        """Person of each face, int64 (N,).

        Raises:
            DataError: There is no ``identity_CelebA.txt``.
        """
        if self._identities is None:
            raise DataError(
                f"{self.root / IDENTITY_FILE} is missing; it says who each face shows: put "
                "CelebA's there, one line an image."
            )
        return np.array(self._identities, np.int64)

    def read_five_points(self) -> NDArray[np.float32]:
        """Return ``list_landmarks_align_celeba.txt`` for the split, float32 (N, 5, 2).

        The points are in the original 178x218 image.

        Raises:
            DataError: The file is absent, malformed or lacks an image.
        """
        path = find_file(self.root, "list_landmarks_align_celeba.txt")
        return read_five_points(path, self.names)

    def _check_present(self, names: list[str]) -> None:
        absent = [name for name in names if name not in self._images.names]
        if absent:
            raise DataError(
                f"list_eval_partition.txt names {len(absent)} file(s) of the split '{self.split}' "
                f"that are not in {self._images.place}: {name_some(absent)}. "
                "Load or unpack img_align_celeba.zip completely."
            )

    def _read_identities(self) -> list[int] | None:
        path = find_file(self.root, IDENTITY_FILE)
        return read_identities(path, self.names) if path.is_file() else None

    def _find_label_folder(self) -> Path | None:
        folders = [self.root / name for name in ("labels", "parsing")]
        return next((folder for folder in folders if folder.is_dir()), None)

    def _find_labels(self, folder: Path) -> dict[str, Path]:
        present = set(os.listdir(folder))
        wanted = {name: Path(name).stem + ".png" for name in self.names}
        paths = {name: folder / file for name, file in wanted.items() if file in present}
        if not paths:
            raise DataError(
                f"{folder} has no label map of the {len(self.names)} images, for example "
                f"{wanted[self.names[0]]}; name them like the images."
            )
        return paths

    def _find_label_merge(self, label_folder: Path | None) -> Path | None:
        if label_folder is None:
            return None
        paths = [folder / "helen11.json" for folder in (label_folder, self.root)]
        return next((path for path in paths if path.is_file()), None)

    def _read_labels(self, path: Path, shape: tuple[int, int]) -> NDArray[np.uint8]:
        labels = read_label_map(path)
        if labels.shape != shape:
            raise DataError(
                f"{path} is {labels.shape[1]}x{labels.shape[0]}; expected {shape[1]}x{shape[0]} "
                "like its image."
            )
        return merge_labels(labels, self._label_table, path)


def find_file(root: Path, name: str) -> Path:
    """Return where ``name`` lies: in ``root``, else in a folder of CelebA's release.

    Args:
        root: The data set's folder.
        name: File or folder name.
    """
    places = [root, *(root / folder for folder in RELEASE_FOLDERS)]
    return next((place / name for place in places if (place / name).exists()), root / name)


def open_images(root: Path) -> ImageStore:
    """Return the images of a data set in CelebA's layout, in a folder or in the zip.

    Raises:
        DataError: Neither is there.
    """
    folder = find_file(root, IMAGE_FOLDER)
    if folder.is_dir():
        return FolderImages(folder)
    archive = find_file(root, f"{IMAGE_FOLDER}.zip")
    if archive.is_file():
        return ZipImages(archive)
    raise DataError(
        f"{folder} is missing; expected a folder of images in CelebA's layout, or {archive.name}."
    )
