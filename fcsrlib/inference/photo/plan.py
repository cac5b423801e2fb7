"""Decides what is to be done with each face of a photograph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fcsrlib.degradation import touch_cover
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.hole_masks import Hole, read_hole
from fcsrlib.inference.image_io import MAX_PIXELS, FoundImage, ImageLike
from fcsrlib.inference.lr_input import prepare_face
from fcsrlib.inference.photo.face_finder import FoundFace
from fcsrlib.inference.photo.frame import FaceFrame, frame_by_eyes, frame_by_points
from fcsrlib.inference.photo.restored import PhotoFace, PhotoFacePlan, PreparedPhoto
from fcsrlib.inference.restorer import Restorer

FindMask: TypeAlias = Callable[[NDArray[np.uint8]], Any]
HoleMask: TypeAlias = "ImageLike | FindMask"

ENLARGEMENTS = (1, 2, 4, 8)
_NOTHING_HIDDEN = "nothing of it is hidden"


def plan_photo(
    found: FoundImage,
    mask: HoleMask | None,
    enlarge: int,
    eyes: Sequence[Sequence[float]] | None,
    find: Callable[[NDArray[np.uint8]], Sequence[FoundFace]],
    choose: Callable[[int], Restorer],
) -> PreparedPhoto:
    """Return a photograph's faces, what is hidden of each, and which network shall see it.

    Args:
        found: The photograph.
        mask: What is hidden, see :class:`~fcsrlib.inference.photo.restorer.PhotoRestorer`.
        enlarge: How many times larger the result shall be.
        eyes: Those of its faces; None: the faces are to be found.
        find: Finds them.
        choose: Returns the network for a face of a side in pixels.

    Raises:
        FCSRError: See :meth:`~fcsrlib.inference.photo.restorer.PhotoRestorer.__call__`.
    """
    pixels = found.pixels
    check_enlargement(pixels.shape[:2], enlarge)
    if eyes is None:
        faces = [_describe(frame_by_points(one.points), one) for one in find(pixels)]
    else:
        faces = [_describe(_frame_by_eyes(pair, pixels.shape[:2])) for pair in eyes]
    hole = _find_hole(pixels, mask, [frame for frame, _ in faces])
    plans = tuple(_plan(pixels, hole, enlarge, *face, choose) for face in faces)
    notes = (*found.notes, *_tell(hole, plans))
    return PreparedPhoto(pixels, hole, enlarge, plans, found.kind, notes)


def check_enlargement(size: tuple[int, int], enlarge: int, max_pixels: int = MAX_PIXELS) -> None:
    """Check how many times larger a photograph shall become.

    Args:
        size: Its height and width.
        enlarge: One of :data:`ENLARGEMENTS`.
        max_pixels: Most pixels of the result.

    Raises:
        ConfigError: Another enlargement.
        DataError: The result would be larger.
    """
    height, width = size
    if enlarge not in ENLARGEMENTS:
        raise ConfigError(f"enlarge is {enlarge}; expected one of {ENLARGEMENTS}.")
    if height * width * enlarge**2 > max_pixels:
        raise DataError(
            f"{width}x{height} enlarged {enlarge} times has more than {max_pixels // 10**6} "
            "megapixels; enlarge it less."
        )


def _frame_by_eyes(eyes: Sequence[float], size: tuple[int, int]) -> FaceFrame:
    frame = frame_by_eyes(eyes)
    height, width = size
    places = np.array(eyes).reshape(2, 2)
    if (places < 0).any() or (places > (width - 1, height - 1)).any():
        raise DataError(
            f"the eyes {list(eyes)} lie outside of the photograph of {width}x{height} pixels."
        )
    return frame


def _describe(frame: FaceFrame, found: FoundFace | None = None) -> tuple[FaceFrame, PhotoFace]:
    points, score = (found.points, found.score) if found else (None, None)
    return frame, PhotoFace(frame.find_corners(), frame.side_px, points, score, True)


def _find_hole(
    pixels: NDArray[np.uint8], mask: HoleMask | None, frames: Sequence[FaceFrame]
) -> Hole | None:
    """Return what is hidden in the photograph, bool (H, W); None: nothing."""
    if mask is None:
        return None
    if callable(mask):
        hole = np.zeros(pixels.shape[:2], bool)
        for frame in frames:
            _add_found(hole, pixels, frame, mask)
    else:
        hole = _fit(read_hole(mask), *pixels.shape[:2])
    return hole if hole.any() else None


def _add_found(hole: Hole, pixels: NDArray[np.uint8], frame: FaceFrame, find: FindMask) -> None:
    cut, window = frame.cut(pixels, None), frame.find_window(*pixels.shape[:2])
    if cut is None or window is None:
        return
    found = read_hole(find(cut[0])).astype(np.uint8) * np.uint8(255)
    hole[window] |= (frame.project(found, window) >= 128) & (frame.find_depth(window) > 0)


def _fit(hole: Hole, height: int, width: int) -> Hole:
    rows, columns = hole.shape
    if abs(rows * width / height - columns) >= 1:
        raise DataError(
            f"the hole mask is {columns}x{rows} and its photograph {width}x{height}; expected the "
            "same proportions."
        )
    return touch_cover(hole, height, width).astype(bool)


def _plan(
    pixels: NDArray[np.uint8],
    hole: Hole | None,
    enlarge: int,
    frame: FaceFrame,
    face: PhotoFace,
    choose: Callable[[int], Restorer],
) -> PhotoFacePlan:
    """Return the network's input, or why it shall not see the face."""
    window = frame.find_window(*pixels.shape[:2])
    if window is None:
        return _leave(frame, face, "it lies outside of the photograph")
    is_hidden = hole is not None and bool((hole[window] & (frame.find_depth(window) > 0)).any())
    if not is_hidden and enlarge == 1:
        return _leave(frame, face, _NOTHING_HIDDEN)
    restorer = choose(frame.crop_px)
    has_detail = enlarge > 1 and frame.side_px < restorer.hr_side
    if not is_hidden and not has_detail:
        return _leave(frame, face, f"{_NOTHING_HIDDEN}, and it has more detail than the network's")
    cut = frame.cut(pixels, hole)
    try:
        square, mask = cut if cut is not None else (pixels, None)
        prepared = prepare_face(FoundImage(square, "array"), mask, restorer.lr_side)
    except DataError as error:  # too much of it is hidden; the other faces are sound
        return _leave(frame, face, str(error).rstrip("."))
    return PhotoFacePlan(frame, face, restorer, prepared, has_detail)


def _leave(frame: FaceFrame, face: PhotoFace, reason: str) -> PhotoFacePlan:
    return PhotoFacePlan(frame, replace(face, is_restored=False, reason=reason))


def _tell(hole: Hole | None, plans: Sequence[PhotoFacePlan]) -> list[str]:
    """Return what people should know of a photograph's faces."""
    if not plans:
        return ["no face was found in it"]
    restored = sum(plan.face.is_restored for plan in plans)
    told = [f"{restored} of {len(plans)} face{'s'[: len(plans) > 1]} restored"]
    reasons = [plan.face.reason for plan in plans if plan.face.reason]
    told += [f"{reasons.count(one)} left: {one}" for one in dict.fromkeys(reasons)]
    if hole is not None:
        share = _find_share_outside(hole, [plan.frame for plan in plans])
        told += [f"{share:.0%} of what is hidden lies in no face and was left"] if share else []
        told += _tell_of_borders(hole, [plan.frame for plan in plans if plan.face.is_restored])
    return told


def _tell_of_borders(hole: Hole, frames: Sequence[FaceFrame]) -> list[str]:
    """Return a note where what hides a face goes on beyond its square: there it shows through."""
    for frame in frames:
        window = frame.find_window(*hole.shape)
        if window is None:
            continue
        depth = frame.find_depth(window)
        is_hidden = hole[window]
        if (is_hidden & (depth > 0) & (depth < 1)).any() and (is_hidden & (depth <= 0)).any():
            return ["what hides a face goes on beyond its square, and shows through at its border"]
    return []


def _find_share_outside(hole: Hole, frames: Sequence[FaceFrame]) -> float:
    left = hole.copy()
    for frame in frames:
        window = frame.find_window(*hole.shape)
        if window is not None:
            left[window] &= frame.find_depth(window) <= 0
    share = np.count_nonzero(left) / np.count_nonzero(hole)
    return share if share >= 0.005 else 0.0
