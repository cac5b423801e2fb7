"""The training people that LightCNN-9 learns to tell apart, and their faces of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

from fcsrlib.data import FaceDataset
from fcsrlib.data.sampler import TRAINING_DRAWS
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation.faces import Faces
from fcsrlib.evaluation.identification.face_pool import UNREADABLE, FacePool
from fcsrlib.evaluation.identification.kinds import Kind
from fcsrlib.evaluation.identification.people import Indices, read_people
from fcsrlib.models.recognition.embedder import to_gray_faces
from fcsrlib.models.recognition.light_cnn import SIDE
from fcsrlib.registry import DATASETS


@dataclass(frozen=True, eq=False)
class TrainingPeople:
    """People of the training split with enough images.

    Attributes:
        dataset: The whole training split, cut as the test faces are.
        faces: Numbers of their images in it, int64 (F,).
        classes: Class of each of those images, int64 (F,), 0 to :attr:`num_people` - 1.
        seed: Seed of the holes.
    """

    dataset: FaceDataset
    faces: Indices
    classes: Indices
    seed: int

    @property
    def num_people(self) -> int:
        """Number of people."""
        return int(self.classes.max()) + 1

    def describe(self) -> dict[str, int]:
        """Return the counts that results state."""
        return {"people": self.num_people, "images": len(self.faces)}

    def make_pool(self, folder: Path, views: int) -> FacePool:
        """Return the pool of a kind: every image ``views`` times, each with a hole of its own."""
        return FacePool(folder, len(self.faces) * views)

    def make_rows(self, kind: Kind, rows: range) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the gray faces and classes of some rows of a pool.

        Raises:
            FCSRError: A face cannot be made.
        """
        gray = np.zeros((len(rows), SIDE, SIDE), np.uint8)
        classes = np.full(len(rows), UNREADABLE, np.int64)
        samples = {row: self.dataset[int(self.faces[row % len(self.faces)])] for row in rows}
        readable = {row: one for row, one in samples.items() if "name" in one}
        if readable:
            holes = {TRAINING_DRAWS + row: sample for row, sample in readable.items()}
            places = np.fromiter(readable, np.int64) - rows.start
            made = to_gray_faces(kind.make(holes, self.seed))[:, 0]
            gray[places] = (made * 255).round().byte().numpy()
            classes[places] = self.classes[np.fromiter(readable, np.int64) % len(self.faces)]
        return gray, classes


def open_training_people(config: Config, test: Faces, min_images: int) -> TrainingPeople:
    """Open the training split of a config that was completed for its test faces.

    Args:
        config: As :func:`fcsrlib.evaluation.faces.open_faces` left it.
        test: The test faces; training faces are cut like them and their holes have their seed.
        min_images: Images that a person needs.

    Raises:
        ConfigError: ``min_images`` is below 2.
        DataError: Identities are unknown, or fewer than two people have so many images.
    """
    if min_images < 2:
        raise ConfigError(f"--tune min_images is {min_images}; expected at least 2.")
    options: dict[str, Any] = {**config.train_dataloader.dataset}
    dataset = DATASETS.build({**options, "pipeline": test.pipeline, "replace_bad": False})
    people = read_people(dataset.source)
    names, counts = np.unique(people, return_counts=True)
    chosen = names[counts >= min_images]
    if len(chosen) < 2:
        raise DataError(
            f"{len(chosen)} of the {len(names)} training people have {min_images} images or more; "
            f"expected at least 2 people: lower --tune min_images (the most of one person is "
            f"{counts.max()}) or give more faces."
        )
    faces = np.flatnonzero(np.isin(people, chosen))
    return TrainingPeople(dataset, faces, np.searchsorted(chosen, people[faces]), test.seed)
