"""Reads Helen: its release with eleven soft masks a face, and 300-W's form with 68 points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.align_face import AlignFace
from fcsrlib.data.annotations import load_label_table, read_lines, read_split_file
from fcsrlib.data.face_labels import NUM_HELEN_LABELS, merge_labels, order_sides
from fcsrlib.data.image_files import (
    check_present,
    list_images,
    read_gray,
    read_image,
    read_label_map,
)
from fcsrlib.data.landmark_files import find_landmarks, read_pts
from fcsrlib.data.sample import ALIGNED_SIDE, Sample, make_sample
from fcsrlib.data.splits import assign_split, check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

SPLIT_LISTS = {"train": "exemplars.txt", "val": "tuning.txt", "test": "testing.txt"}
VAL_SHARE_OF_300W = 0.1


@DATASETS.register_module()
class Helen:
    """Faces of Helen, moved to the place of CelebA's aligned faces.

    Three layouts are understood:

    - the face parsing release: ``exemplars.txt`` (train), ``tuning.txt`` (val), ``testing.txt``
      (test), ``images/NAME.jpg``, ``labels/NAME/NAME_lbl00.png`` to ``lbl10``; a pixel is of the
      class whose mask is brightest;
    - 300-W: ``trainset/`` and ``testset/`` with ``NAME.jpg`` and ``NAME.pts``; a tenth of
      ``trainset``, by a hash of the name, is val;
    - ``images/`` and ``split.txt``, with label maps ``labels/NAME.png`` of Helen's classes where
      they exist.

    Landmarks come from a ``.pts`` beside the image, else from a ``landmarks_*.npz`` or
    ``points_*.npz`` in the folder, else they are unknown. Faces are aligned by their landmarks,
    else by the labels of eyes and mouth.

    Attributes:
        names: File names of the split, in the order of its list.
        folder: Where the images of the split lie.

    Args:
        root: The data set's folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.
        num_landmarks: Points a face, 81 or 68; of 81 the hairline is unknown.
        side: Side of the aligned face.

    Raises:
        ConfigError: Bad ``split`` or ``max_images``.
        DataError: The folder is absent, incomplete or malformed.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        max_images: int | None = None,
        num_landmarks: int = 81,
        side: int = ALIGNED_SIDE,
    ) -> None:
        """Read the list of the split; images are read one by one later."""
        check_split(split, max_images)
        self.root = Path(root)
        self.num_landmarks = num_landmarks
        if (self.root / "split.txt").is_file():
            self.folder, names = (
                self.root / "images",
                read_split_file(self.root / "split.txt", split),
            )
        elif (self.root / "trainset").is_dir():
            self.folder, names = self._list_300w(split)
        else:
            self.folder, names = self.root / "images", self._list_release(split)
        self._check_images(names)
        self.names = names[:max_images]
        self._landmarks = find_landmarks(self.root, self.names, num_landmarks)
        self._label_table = load_label_table(None)
        self._align = AlignFace(side)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def read(self, index: int) -> Sample:
        """Return face ``index``, aligned.

        Raises:
            UndecodableImageError: The image or one of its masks is damaged.
            DataError: An annotation is malformed, or nothing says where the face is.
        """
        name = self.names[index]
        path = self.folder / name
        image = read_image(path)
        parsing = self._read_labels(path.stem)
        sample = make_sample(
            name, image, self._read_points(index), parsing, num_landmarks=self.num_landmarks
        )
        return self._align.apply(sample, {})

    def _list_release(self, split: str) -> list[str]:
        path = self.root / SPLIT_LISTS[split]
        if not path.is_file():
            raise DataError(
                f"{path} is missing; expected Helen's {', '.join(SPLIT_LISTS.values())}, or "
                "trainset/ and testset/ of 300-W, or split.txt."
            )
        if not (self.root / "labels").is_dir():
            raise DataError(f"{self.root / 'labels'} is missing; expected Helen's masks.")
        return read_number_list(path)

    def _list_300w(self, split: str) -> tuple[Path, list[str]]:
        folder = self.root / ("testset" if split == "test" else "trainset")
        names = list_images(folder)
        check_present(folder, [str(Path(name).with_suffix(".pts")) for name in names])
        if split == "test":
            return folder, names
        shares = (1 - VAL_SHARE_OF_300W, VAL_SHARE_OF_300W, 0)
        chosen = [name for name in names if assign_split(name, shares) == split]
        if not chosen:
            raise DataError(f"None of the {len(names)} images of {folder} falls into '{split}'.")
        return folder, chosen

    def _check_images(self, names: list[str]) -> None:
        if not self.folder.is_dir():
            raise DataError(f"{self.folder} is missing; expected Helen's images.")
        check_present(self.folder, names)

    def _read_points(self, index: int) -> NDArray[np.float32] | None:
        path = (self.folder / self.names[index]).with_suffix(".pts")
        if path.is_file():
            return read_pts(path, self.num_landmarks)
        return None if self._landmarks is None else self._landmarks[index]

    def _read_labels(self, stem: str) -> NDArray[np.uint8] | None:
        folder = self.root / "labels"
        if (folder / stem).is_dir():
            return order_sides(read_soft_masks(folder / stem))
        path = folder / f"{stem}.png"
        if path.is_file():
            return order_sides(merge_labels(read_label_map(path), self._label_table, path))
        return None


def read_number_list(path: Path) -> list[str]:
    """Return the images that a list of the release names; its lines are ``1 , 100032540_1``.

    Raises:
        DataError: A malformed line, or none.
    """
    names = []
    for count, line in enumerate(read_lines(path), 1):
        number, comma, name = (word.strip() for word in line.partition(","))
        if line.strip() and not (number.isdigit() and comma and name):
            raise DataError(f"{path}:{count}: '{line.strip()}'; expected '1 , 100032540_1'.")
        if name:
            names.append(f"{name}.jpg")
    if not names:
        raise DataError(f"{path} names no image.")
    return names


def read_soft_masks(folder: Path) -> NDArray[np.uint8]:
    """Return the class whose mask ``*_lbl00.png`` .. ``*_lbl10.png`` is brightest, uint8 (H, W).

    Raises:
        DataError: A mask is absent, or they differ in shape.
        UndecodableImageError: A mask is damaged.
    """
    paths = [folder / f"{folder.name}_lbl{label:02d}.png" for label in range(NUM_HELEN_LABELS)]
    check_present(folder, [path.name for path in paths])
    masks = [read_gray(path) for path in paths]
    shapes = {mask.shape for mask in masks}
    if len(shapes) > 1:
        raise DataError(f"The masks of {folder} are of the shapes {sorted(shapes)}; expected one.")
    return np.argmax(masks, axis=0).astype(np.uint8)
