"""What the page's buttons do: find what hides a face, and restore it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import crop_square, find_central_square
from fcsrlib.demo.models import Models
from fcsrlib.demo.photo import MAX_PIXELS
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.inference.folder.options import KINDS, MAX_CROP_PX
from fcsrlib.inference.hole_masks import Hole
from fcsrlib.inference.image_io import FoundImage
from fcsrlib.inference.lr_input import prepare_face
from fcsrlib.inference.mask_finder import RELEASE, find_mask
from fcsrlib.inference.photo.face_finder import FaceFinder, FindsFaces
from fcsrlib.inference.photo.plan import check_enlargement
from fcsrlib.inference.photo.restorer import PhotoRestorer
from fcsrlib.inference.releases.table import read_release_table
from fcsrlib.inference.restored import RestoreOptions
from fcsrlib.inference.restorer_choice import RestorerChoice

Pixels = NDArray[np.uint8]
Tell = Callable[[float, str], object]

MAX_SHOWN_PX = 2048
"""Larger results are shrunk for the slider; the download is whole."""


@dataclass(frozen=True)
class Wishes:
    """What is asked for beside photo and hole.

    Attributes:
        kind: One of :data:`~fcsrlib.inference.folder.options.KINDS`: what the photo shows.
        model: Name of one of the models' offers; None: the first.
        scale: The network's enlargement; None: its own, or by the face's size.
        enlarge: 1, 2, 4 or 8: how many times larger a photograph shall become.
        keep_detail: Of aligned faces, see :class:`~fcsrlib.inference.restored.RestoreOptions`.
    """

    kind: str = "auto"
    model: str | None = None
    scale: int | None = None
    enlarge: int = 1
    keep_detail: bool = True


@dataclass(frozen=True)
class Answer:
    """A restoration.

    Attributes:
        image: The result, uint8 (H, W, 3).
        before: What was restored, at the size of ``after``.
        after: The result as the slider shows it, uint8 (h, w, 3).
        notes: What was done and decided, for people.
    """

    image: Pixels
    before: Pixels
    after: Pixels
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Restoration:
    source: Pixels
    image: Pixels
    done: str
    note: str


class Answers:
    """Finds holes and restores, for one page.

    Args:
        models: The networks there are.
        make_finder: Returns what finds faces in photographs; called when the first needs it.
        find_hidden: Returns the mask of an aligned face, uint8 (side, side), 255 = hidden; None:
            by the released network.
    """

    def __init__(
        self,
        models: Models,
        make_finder: Callable[[], FindsFaces] = FaceFinder,
        find_hidden: Callable[[Pixels], Pixels] | None = None,
    ) -> None:
        self.models = models
        self._get_finder = lru_cache(maxsize=1)(make_finder)
        self._find_hidden = find_hidden or _find_by_release

    def find_hole(self, found: FoundImage, wishes: Wishes) -> Hole:
        """Return what hides the faces of a photo, bool (H, W).

        Raises:
            CheckpointError: There is no network that finds it, or none that restores.
            DataError: Nothing hides them, or a photograph without a face.
            MissingExtraError: A photograph, and nothing to find faces with.
        """
        if is_aligned(found.pixels, wishes.kind):
            hole: Hole | None = self._find_in_square(found.pixels)
        else:
            hole = self._find_in_photograph(found.pixels, wishes)
        if hole is None or not hole.any():
            raise DataError("nothing was found that hides a face; paint over it if there is.")
        return hole

    def restore(
        self, found: FoundImage, hole: Hole | None, wishes: Wishes, tell: Tell = lambda *_: None
    ) -> Answer:
        """Return the restoration of a photo.

        Args:
            found: The photo.
            hole: What is hidden of it, bool (H, W); None: nothing.
            wishes: The rest.
            tell: Called with the share that is done and what comes next.

        Raises:
            CheckpointError: There is no network, or it cannot be loaded.
            ConfigError: No such kind, model or enlargement, or a model of another scale.
            DataError: Too much is hidden, a photograph without a face, or too large a result.
            MissingExtraError: A photograph, and nothing to find faces with.
        """
        started = time.perf_counter()
        choice = self.models.choose(wishes.model, wishes.scale)
        if is_aligned(found.pixels, wishes.kind):
            made = _restore_face(found, hole, choice, wishes, tell)
        else:
            made = self._restore_photograph(found, hole, choice, wishes, tell)
        done = f"{made.done} in {time.perf_counter() - started:.2f} s"
        height, width = made.image.shape[:2]
        size = f"{width}x{height} pixels"
        notes = (done, size, made.note)
        after = _fit(made.image, *_find_shown_size(height, width))
        before = _fit(made.source, *after.shape[:2])
        return Answer(made.image, before, after, tuple(note for note in notes if note))

    def _find_in_square(self, pixels: Pixels) -> Hole:
        height, width = pixels.shape[:2]
        side = min(height, width)
        left, top = find_central_square(height, width, side)
        hole = np.zeros((height, width), bool)
        square = np.ascontiguousarray(crop_square(pixels, left, top, side))
        hole[top : top + side, left : left + side] = self._find_hidden(square) > 0
        return hole

    def _find_in_photograph(self, pixels: Pixels, wishes: Wishes) -> Hole | None:
        restorer = self._make_photo_restorer(self.models.choose(wishes.model, wishes.scale))
        photo = restorer.prepare(pixels, self._find_hidden)
        _check_faces(len(photo.plans))
        return photo.hole

    def _restore_photograph(
        self, found: FoundImage, hole: Hole | None, choice: RestorerChoice, how: Wishes, tell: Tell
    ) -> _Restoration:
        pixels = found.pixels
        check_enlargement(pixels.shape[:2], how.enlarge, MAX_PIXELS)
        tell(0.1, "finding the faces")
        restorer = self._make_photo_restorer(choice)
        photo = restorer.prepare(pixels, hole, how.enlarge)
        _check_faces(len(photo.plans))
        tell(0.5, "restoring them")
        restored = restorer.finish(photo, restorer.run(photo.plans))
        note = "; ".join((*found.notes, *filter(None, [restored.note])))
        return _Restoration(pixels, restored.image, "restored as a whole photograph", note)

    def _make_photo_restorer(self, choice: RestorerChoice) -> PhotoRestorer:
        return PhotoRestorer(choice, self._get_finder())


def is_aligned(pixels: Pixels, kind: str) -> bool:
    """Say whether a photo is taken for an aligned face; ``auto`` is as in ``fcsr restore``.

    Args:
        pixels: RGB, uint8 (H, W, 3).
        kind: One of :data:`~fcsrlib.inference.folder.options.KINDS`.

    Raises:
        ConfigError: Another kind.
    """
    if kind not in KINDS:
        raise ConfigError(f"the kind of photo is '{kind}'; expected one of {', '.join(KINDS)}.")
    return kind == "aligned" or (kind == "auto" and max(pixels.shape[:2]) <= MAX_CROP_PX)


def _restore_face(
    found: FoundImage, hole: Hole | None, choice: RestorerChoice, how: Wishes, tell: Tell
) -> _Restoration:
    options = RestoreOptions(keep_detail=how.keep_detail)
    tell(0.1, "loading the network")
    restorer = choice.choose(min(found.pixels.shape[:2]))
    tell(0.5, "restoring the face")
    face = prepare_face(found, hole, restorer.lr_side)
    (output,) = restorer.run([face], options)
    image = restorer.finish(face, output, options)
    done = f"restored as an aligned face, x{restorer.hr_side // restorer.lr_side}"
    return _Restoration(face.square, image, done, restorer.tell(face, options))


def _find_by_release(square: Pixels) -> Pixels:
    if RELEASE not in read_release_table():
        raise CheckpointError(
            "this version has no network that finds what hides a face; paint over it instead."
        )
    return find_mask(square)


def _check_faces(count: int) -> None:
    if not count:
        raise DataError(
            "no face was found in the photograph; choose 'aligned face' if it shows nothing but "
            "one, or another photo."
        )


def _find_shown_size(height: int, width: int) -> tuple[int, int]:
    share = min(1.0, MAX_SHOWN_PX / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _fit(image: Pixels, height: int, width: int) -> Pixels:
    """Repeat the pixels of smaller images, average those of larger ones."""
    if image.shape[:2] == (height, width):
        return image
    how = cv2.INTER_NEAREST_EXACT if image.shape[0] < height else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)
