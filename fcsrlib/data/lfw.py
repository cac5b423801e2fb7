"""Reads Labeled Faces in the Wild in its own layout: one folder a person."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.align_face import AlignFace
from fcsrlib.data.annotations import read_lines
from fcsrlib.data.image_files import list_images, name_some, read_image
from fcsrlib.data.landmark_files import find_landmarks
from fcsrlib.data.sample import ALIGNED_SIDE, Sample, make_sample
from fcsrlib.data.splits import assign_split, check_shares, check_split
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS

IMAGE_FOLDERS = ("lfw", "lfw_funneled", "lfw-funneled", "lfw-deepfunneled", "lfw_home/lfw_funneled")
LIST_STEMS = ("people", "pairs")
VAL_SHARE_OF_TRAIN = 0.1

LFW_ANCHORS = ((0.418, 0.450), (0.586, 0.450), (0.502, 0.622))
"""Rough places of right eye, left eye and mouth in LFW, as shares of the side of 250.

The images are a face detector's box, enlarged 2.2 times about its centre; in such a box the eyes
lie at about 0.32 and 0.69 across and 0.39 down, the mouth at 0.77 down.
"""


@DATASETS.register_module()
class LFW:
    """Faces of LFW, moved to the place of CelebA's aligned faces; no person is in two splits.

    The folder holds ``Person_Name/Person_Name_0001.jpg``, itself or in ``lfw``, ``lfw_funneled`` or
    ``lfw-deepfunneled``. Where the release's lists of View 1 lie beside (``peopleDevTrain.txt`` and
    ``peopleDevTest.txt``, or ``pairsDevTrain.txt`` and ``pairsDevTest.txt``), test are the people
    of the second, val a tenth of those of the first and train the others of it. Otherwise all
    people are divided by a hash of their names.

    Faces are aligned by a ``landmarks_*.npz`` or ``points_*.npz`` whose names are
    ``Person_Name/Person_Name_0001.jpg``; without it all are moved alike, by the place that the
    release's face detector gives them.

    Attributes:
        names: Relative file names of the split, sorted.
        folder: Where the images of the split lie.
        identities: Person of each face, int64 (N,); a number in the sorted list of all people.

    Args:
        root: The data set's folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        max_images: Keep only the first so many of the split.
        shares: Shares of people in train, val and test where the lists are not there.
        num_landmarks: Points a face, 81 or 68.
        side: Side of the aligned face.

    Raises:
        ConfigError: Bad ``split``, ``max_images`` or ``shares``.
        DataError: The folder is absent, of another layout, or has nobody for the split.
    """

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        max_images: int | None = None,
        shares: Sequence[float] = (0.8, 0.1, 0.1),
        num_landmarks: int = 81,
        side: int = ALIGNED_SIDE,
    ) -> None:
        """List the images of the split's people."""
        check_split(split, max_images)
        check_shares(shares)
        self.root = Path(root)
        self.num_landmarks = num_landmarks
        self.folder = find_people(self.root)
        people_of = {name: name.split("/")[0] for name in list_images(self.folder) if "/" in name}
        numbers = {person: number for number, person in enumerate(sorted({*people_of.values()}))}
        splits = assign_people(self.root, list(numbers), shares)
        names = [name for name, person in people_of.items() if splits.get(person) == split]
        if not names:
            raise DataError(
                f"None of the {len(numbers)} people of {self.folder} falls into the split "
                f"'{split}'; raise its share, or check the lists of people."
            )
        self.names = names[:max_images]
        self.identities = np.array([numbers[people_of[name]] for name in self.names], np.int64)
        self._landmarks = find_landmarks(self.root, self.names, num_landmarks)
        self._align = AlignFace(side, LFW_ANCHORS)

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.names)

    def read(self, index: int) -> Sample:
        """Return face ``index``, aligned.

        Raises:
            UndecodableImageError: The image is damaged.
        """
        name = self.names[index]
        landmarks: NDArray[np.float32] | None = None
        if self._landmarks is not None:
            landmarks = self._landmarks[index]
        sample = make_sample(
            name,
            read_image(self.folder / name),
            landmarks,
            identity=int(self.identities[index]),
            num_landmarks=self.num_landmarks,
        )
        return self._align.apply(sample, {})


def find_people(root: Path) -> Path:
    """Return the folder that holds one folder a person: ``root`` or one of LFW's own names in it.

    Raises:
        DataError: None does.
    """
    places = [*(root / folder for folder in IMAGE_FOLDERS), root]
    for place in places:
        if holds_people(place):
            return place
    raise DataError(
        f"{root} has no Person_Name/Person_Name_0001.jpg; expected LFW's layout, in the folder "
        f"itself or in {', '.join(IMAGE_FOLDERS)}."
    )


def holds_people(folder: Path) -> bool:
    """Return whether a folder of ``folder`` has images that are called after it, as LFW's."""
    if not folder.is_dir():
        return False
    with os.scandir(folder) as entries:  # no stat a file: there may be 200,000
        people = (Path(entry) for entry in entries if entry.is_dir())
        return any((path / f"{path.name}_0001.jpg").is_file() for path in people)


def assign_people(root: Path, people: Sequence[str], shares: Sequence[float]) -> dict[str, str]:
    """Return the split of each person who has one.

    Args:
        root: Folder that may hold the release's lists.
        people: All names.
        shares: Shares of people where there are no lists.

    Raises:
        DataError: Only one of a pair of lists is there, or it names people who are not.
    """
    for stem in LIST_STEMS:
        paths = [root / f"{stem}Dev{part}.txt" for part in ("Train", "Test")]
        present = [path for path in paths if path.is_file()]
        if len(present) == 1:
            absent = next(path for path in paths if path not in present)
            raise DataError(f"{absent} is missing; expected it beside {present[0].name}.")
        if present:
            train, test = (read_people(path, people) for path in paths)
            val_shares = (1 - VAL_SHARE_OF_TRAIN, VAL_SHARE_OF_TRAIN, 0)
            return {person: assign_split(person, val_shares) for person in train} | {
                person: "test" for person in test
            }
    return {person: assign_split(person, shares) for person in people}


def read_people(path: Path, known: Sequence[str]) -> list[str]:
    """Return the people that a list of LFW names, each once.

    Its lines are ``NAME COUNT`` (people), ``NAME 1 2`` or ``NAME 1 OTHER 2`` (pairs); a line of
    numbers alone is a count.

    Raises:
        DataError: A malformed line, or people who are not ``known``.
    """
    people: dict[str, None] = {}
    for number, line in enumerate(read_lines(path), 1):
        words = line.split()
        is_name = [not word.isdigit() for word in words]
        if is_name not in ([], [False], [True, False], [True, False, False], [True, False] * 2):
            raise DataError(f"{path}:{number}: '{line.strip()}'; expected names and numbers.")
        people.update(dict.fromkeys(word for word in words if not word.isdigit()))
    strange = sorted(people.keys() - set(known))
    if strange:
        raise DataError(
            f"{path} names {len(strange)} people without a folder: {name_some(strange)}. Unpack "
            "LFW's archive completely."
        )
    return list(people)
