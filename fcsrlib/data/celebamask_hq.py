"""Reads CelebAMask-HQ: its release of one mask a part, or label maps made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.align_face import AlignFace
from fcsrlib.data.annotations import load_label_table, read_lines, read_partition, read_split_file
from fcsrlib.data.face_labels import (
    CELEBAMASK_TO_HELEN,
    make_label_table,
    merge_labels,
    order_sides,
    read_class_names,
)
from fcsrlib.data.image_files import check_present, read_gray, read_image, read_label_map
from fcsrlib.data.landmark_files import find_landmarks
from fcsrlib.data.sample import ALIGNED_SIDE, UNKNOWN_LABEL, Sample, make_sample
from fcsrlib.data.splits import assign_split, check_shares, check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

IMAGE_FOLDER = "CelebA-HQ-img"
MASK_FOLDER = "CelebAMask-HQ-mask-anno"
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"
PARTITION = "list_eval_partition.txt"
FACES_PER_MASK_FOLDER = 2000

CELEBA_HQ_ANCHORS = ((0.3795, 0.4805), (0.6231, 0.4813), (0.5016, 0.7345))
"""Mean places of right eye, left eye and mouth in CelebA-HQ, as shares of the side.

Measured on 988 faces; the standard deviation is 0.009, 0.009 and 0.02.
"""


@DATASETS.register_module()
class CelebAMaskHQ:
    """Faces of CelebA-HQ with their parts, moved to the place of CelebA's aligned faces.

    Either the official release (``CelebA-HQ-img/0.jpg``, ``CelebAMask-HQ-mask-anno/0/
    00000_skin.png``, ``CelebA-HQ-to-CelebA-mapping.txt``) together with CelebA's
    ``list_eval_partition.txt``, or label maps (``images/``, ``labels/*.png`` of the 19 classes,
    ``split.txt``; the classes' order may be given by ``classes.json``, another merge by
    ``helen11.json``). A ``landmarks_*.npz`` or ``points_*.npz`` is read where present.

    Faces are aligned by their landmarks, else by the labels of eyes and mouth, else by the mean
    place these have in CelebA-HQ. Brows and eyes whose left and right are exchanged are put right.

    Attributes:
        names: File names of the split, in the order of the release.
        folder: Where the images of the split lie.

    Args:
        root: The data set's folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.
        shares: Divide the faces by a hash of their names into shares of train, val and test,
            instead of by the files; people are then in several splits.
        num_landmarks: Points a face, 81 or 68.
        side: Side of the aligned face.

    Raises:
        ConfigError: Bad ``split``, ``max_images`` or ``shares``.
        DataError: The folder is absent, incomplete or malformed.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        max_images: int | None = None,
        shares: Sequence[float] | None = None,
        num_landmarks: int = 81,
        side: int = ALIGNED_SIDE,
    ) -> None:
        """Read the lists of the split; images are read one by one later."""
        check_split(split, max_images)
        if shares is not None:
            check_shares(shares)
        self.root = Path(root)
        self.num_landmarks = num_landmarks
        is_release = (self.root / IMAGE_FOLDER).is_dir()
        self.folder = self.root / (IMAGE_FOLDER if is_release else "images")
        self._check_layout(MASK_FOLDER if is_release else "labels")
        list_names = self._list_release if is_release else self._list_label_maps
        names = list_names(split) if shares is None else self._divide(split, shares)
        check_present(self.folder, names)
        self.names = names[:max_images]
        self._read_labels: Callable[[str], NDArray[np.uint8]] = (
            self._read_masks if is_release else self._read_label_map
        )
        self._label_table = self._load_label_table()
        self._landmarks = find_landmarks(self.root, self.names, num_landmarks)
        self._align = AlignFace(side, CELEBA_HQ_ANCHORS)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def read(self, index: int) -> Sample:
        """Return face ``index``, aligned.

        Raises:
            UndecodableImageError: The image or one of its masks is damaged.
            DataError: A label map does not fit its image, or holds a value that is no class.
        """
        name = self.names[index]
        image = read_image(self.folder / name)
        parsing = order_sides(self._read_labels(name))
        landmarks = None if self._landmarks is None else self._landmarks[index]
        sample = make_sample(name, image, landmarks, parsing, num_landmarks=self.num_landmarks)
        return self._align.apply(sample, {})

    def _check_layout(self, label_folder: str) -> None:
        for folder in (self.folder, self.root / label_folder):
            if not folder.is_dir():
                raise DataError(
                    f"{folder} is missing; expected {IMAGE_FOLDER}/ and {MASK_FOLDER}/ of "
                    "CelebAMask-HQ's release, or images/ and labels/."
                )

    def _list_release(self, split: str) -> list[str]:
        chosen = set(read_partition(self.root / PARTITION, split))
        originals = read_mapping(self.root / MAPPING)
        names = [f"{number}.jpg" for number, original in originals.items() if original in chosen]
        if not names:
            raise DataError(
                f"{self.root / PARTITION} puts none of the {len(originals)} faces of {MAPPING} "
                f"into the split '{split}'; expected CelebA's own partition file."
            )
        return names

    def _list_label_maps(self, split: str) -> list[str]:
        return read_split_file(self.root / "split.txt", split)

    def _divide(self, split: str, shares: Sequence[float]) -> list[str]:
        found = [name for name in os.listdir(self.folder) if not name.startswith(".")]
        names = sorted(found, key=lambda name: (len(name), name))
        chosen = [name for name in names if assign_split(name, shares) == split]
        if not chosen:
            raise DataError(
                f"None of the {len(names)} images of {self.folder} falls into the split "
                f"'{split}' with shares {tuple(shares)}; raise its share."
            )
        return chosen

    def _load_label_table(self) -> NDArray[np.uint8]:
        merge, classes = self.root / "helen11.json", self.root / "classes.json"
        if merge.is_file():
            return load_label_table(merge)
        if classes.is_file():
            return make_label_table(read_class_names(classes))
        return make_label_table(list(CELEBAMASK_TO_HELEN.values()))

    def _read_label_map(self, name: str) -> NDArray[np.uint8]:
        path = self.root / "labels" / f"{Path(name).stem}.png"
        return merge_labels(read_label_map(path), self._label_table, path)

    def _read_masks(self, name: str) -> NDArray[np.uint8]:
        """Paint the parts over each other in the order of their class, as the release does."""
        number = int(Path(name).stem)
        folder = self.root / MASK_FOLDER / str(number // FACES_PER_MASK_FOLDER)
        labels = None
        for value, part in enumerate(CELEBAMASK_TO_HELEN):
            path = folder / f"{number:05d}_{part}.png"
            if not path.is_file():
                continue
            mask = read_gray(path)
            labels = np.zeros_like(mask) if labels is None else labels
            if mask.shape != labels.shape:
                raise DataError(
                    f"{path} is {mask.shape[1]}x{mask.shape[0]}; expected "
                    f"{labels.shape[1]}x{labels.shape[0]} like the other parts."
                )
            labels[mask > 0] = value
        if labels is None:  # no part was annotated
            return np.full((2, 2), UNKNOWN_LABEL, np.uint8)
        return self._label_table[labels]


def read_mapping(path: Path) -> dict[int, str]:
    """Return CelebA's file name of each face of CelebA-HQ, by its number.

    Args:
        path: The release's mapping: a header line, then number, CelebA's index and file name.

    Raises:
        DataError: Absent or malformed.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; expected the file of CelebAMask-HQ's release.")
    originals = {}
    for count, line in enumerate(read_lines(path)[1:], 2):
        words = line.split()
        if words and (len(words) != 3 or not words[0].isdigit()):
            raise DataError(
                f"{path}:{count}: '{line.strip()}'; expected number, CelebA's index and file name."
            )
        if words:
            originals[int(words[0])] = words[2]
    return originals
