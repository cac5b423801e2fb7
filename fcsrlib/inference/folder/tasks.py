"""What is done with one file: as a crop of an aligned face, or as a photograph with faces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import DataError, FCSRError, MissingExtraError
from fcsrlib.inference.folder.comparison import draw_comparison, draw_photo_comparison
from fcsrlib.inference.folder.jobs import Job
from fcsrlib.inference.folder.mask_choice import MaskChoice
from fcsrlib.inference.folder.options import MAX_CROP_PX, JobOptions
from fcsrlib.inference.image_io import FoundImage, read_any
from fcsrlib.inference.lr_input import PreparedFace, prepare_face
from fcsrlib.inference.photo.restored import PhotoRestored, PreparedPhoto
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.restored import NetworkOutput, RestoreOptions
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import RestorerChoice

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Finished:
    """The result of a file.

    Attributes:
        image: uint8 (H, W, 3).
        note: What had to be decided, for people.
        comparison: Input and result side by side; None where it was not asked for.
    """

    image: Pixels
    note: str
    comparison: Pixels | None


class Task(ABC):
    """A file on its way: decoded, and ready for the networks.

    Attributes:
        faces: What the networks shall see of it, each with its network; may be empty.
        num_bytes: About what it holds, its result included.
    """

    faces: list[tuple[Restorer, PreparedFace]]
    num_bytes: int

    @abstractmethod
    def finish(self, outputs: Sequence[NetworkOutput], with_comparison: bool) -> Finished:
        """Return the result, given what the networks made of :attr:`faces`."""


class CropTask(Task):
    """An aligned face.

    Args:
        restorer: Its network.
        face: Its input.
        options: What the result shall be true to.
    """

    def __init__(self, restorer: Restorer, face: PreparedFace, options: RestoreOptions) -> None:
        self.faces = [(restorer, face)]
        self.num_bytes = face.square.nbytes + (0 if face.hole is None else face.hole.nbytes)
        self._options = options

    def finish(self, outputs: Sequence[NetworkOutput], with_comparison: bool) -> Finished:
        """Return the face."""
        restorer, face = self.faces[0]
        image = restorer.finish(face, outputs[0], self._options)
        drawn = draw_comparison(face, image) if with_comparison else None
        return Finished(image, restorer.tell(face, self._options), drawn)


class PhotoTask(Task):
    """A photograph with at least one face.

    Args:
        photos: Restores it.
        photo: Its faces.
    """

    def __init__(self, photos: PhotoRestorer, photo: PreparedPhoto) -> None:
        self._photos, self._photo = photos, photo
        self._places = [
            place for place, plan in enumerate(photo.plans) if plan.prepared is not None
        ]
        self.faces = [
            (plan.restorer, plan.prepared)
            for plan in photo.plans
            if plan.restorer is not None and plan.prepared is not None
        ]
        hole = 0 if photo.hole is None else photo.hole.nbytes
        squares = sum(face.square.nbytes for _, face in self.faces)
        self.num_bytes = photo.pixels.nbytes * (1 + photo.enlarge**2) + hole + squares

    def finish(self, outputs: Sequence[NetworkOutput], with_comparison: bool) -> Finished:
        """Return the photograph with its faces put back."""
        spread: list[NetworkOutput | None] = [None] * len(self._photo.plans)
        for place, output in zip(self._places, outputs, strict=True):
            spread[place] = output
        restored: PhotoRestored = self._photos.finish(self._photo, spread)
        drawn = None
        if with_comparison:
            drawn = draw_photo_comparison(self._photo.pixels, restored)
        return Finished(restored.image, restored.note, drawn)


class TaskMaker:
    """Decodes files and says what is to be done with them; threads may share one.

    Args:
        restorers: Networks of aligned faces.
        photos: Restores photographs.
        masks: What is hidden.
        options: What the files are, and how they are restored.
    """

    def __init__(
        self,
        restorers: RestorerChoice,
        photos: PhotoRestorer,
        masks: MaskChoice,
        options: JobOptions,
    ) -> None:
        self._restorers, self._photos = restorers, photos
        self._masks, self._options = masks, options

    def make(self, job: Job) -> Task:
        """Return the task of a job.

        Raises:
            FCSRError: Its image or mask cannot be read or does not fit, it has no face, or no
                network can be loaded.
        """
        found = read_any(job.source)
        kind, longer = self._options.kind, max(found.pixels.shape[:2])
        if kind == "auto":
            kind = "aligned" if longer <= MAX_CROP_PX else "photo"
            taken = "an aligned face" if kind == "aligned" else "a photograph"
            other = "--photo" if kind == "aligned" else "--aligned"
            told = f"taken for {taken} by its size ({other} for the other)"
            if kind == "aligned" and self._options.enlarge > 1:
                told += ", so --enlarge was left aside"
            found = replace(found, notes=(*found.notes, told))
        return self._crop(job, found) if kind == "aligned" else self._photo(job, found)

    def _crop(self, job: Job, found: FoundImage) -> Task:
        restorer = self._restorers.choose(min(found.pixels.shape[:2]))
        mask = self._masks.find(job.name, found.pixels)
        return CropTask(
            restorer, prepare_face(found, mask, restorer.lr_side), self._options.restore
        )

    def _photo(self, job: Job, found: FoundImage) -> Task:
        mask = self._masks.find_in_photo(job.name, found.pixels)
        try:
            photo = self._photos.prepare(
                found, mask, self._options.enlarge, eyes=self._options.eyes
            )
        except MissingExtraError as error:
            raise FCSRError(f"{error}; or give --aligned, if it is an aligned face") from error
        if not photo.plans:
            raise DataError(
                "no face was found in it; give --eyes to say where one is, or --aligned if it is a "
                "crop of an aligned face."
            )
        return PhotoTask(self._photos, photo)
