"""Where a face lies in a photograph, and what a network sees of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.align_face import CELEBA_ANCHORS, find_anchors
from fcsrlib.data.celeba import CROP_SIDE
from fcsrlib.data.sample import ALIGNED_SIDE, FACE_SIDE, make_sample
from fcsrlib.data.similarity import Matrix, fit_similarity, join, make_resizing, move_image
from fcsrlib.errors import DataError
from fcsrlib.inference.hole_masks import Hole
from fcsrlib.inference.lr_input import MIN_SIDE_PX

Window = tuple[slice, slice]

_LARGE_PX = 1024  # from here on, the photograph is averaged before a face is cut out
_MAX_SIDE_PX = 16_384  # OpenCV moves images of less than 32,768 pixels a side
_MARGIN_PX = 4  # as far as bicubic interpolation reads
_MARGIN = (ALIGNED_SIDE - FACE_SIDE) // 2
# Where the centres of right eye, left eye and mouth are in the central 128 of 144 pixels.
_TARGETS = np.array(CELEBA_ANCHORS) * (ALIGNED_SIDE / CROP_SIDE) - 0.5 - _MARGIN


@dataclass(frozen=True)
class FaceFrame:
    """The square of a face in a photograph, at any angle.

    Attributes:
        matrix: From pixels of the photograph to those of the aligned face of 128x128, (2, 3).
    """

    matrix: Matrix

    @property
    def side_px(self) -> float:
        """Return the square's side in pixels of the photograph."""
        return FACE_SIDE / math.sqrt(abs(np.linalg.det(self.matrix[:, :2])))

    @property
    def crop_px(self) -> int:
        """Return the side at which the face is cut out: the photograph's own scale."""
        return max(MIN_SIDE_PX, min(round(self.side_px), _LARGE_PX))

    def find_corners(self) -> NDArray[np.float64]:
        """Return the square's corners in the photograph, x, y (4, 2), clockwise."""
        low, high = -0.5, FACE_SIDE - 0.5
        corners = np.array([(low, low), (high, low), (high, high), (low, high)])
        inverse = np.linalg.inv(np.vstack([self.matrix, (0, 0, 1)]))[:2]
        return np.asarray(corners @ inverse[:, :2].T + inverse[:, 2])

    def enlarge(self, scale: int) -> FaceFrame:
        """Return the same square in the photograph enlarged ``scale`` times."""
        return FaceFrame(join(make_resizing((scale, scale), (1, 1)), self.matrix))

    def find_window(self, height: int, width: int, margin: int = 0) -> Window | None:
        """Return the smallest window around the square; None where it lies outside.

        Args:
            height: The photograph's.
            width: The photograph's.
            margin: How much larger it shall be on all sides, within the photograph.
        """
        corners = self.find_corners()
        left, top = (int(value) for value in np.floor(corners.min(0)) - margin)
        right, bottom = (int(value) for value in np.ceil(corners.max(0)) + margin + 1)
        rows = slice(max(top, 0), min(bottom, height))
        columns = slice(max(left, 0), min(right, width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        return rows, columns

    def find_depth(self, window: Window) -> NDArray[np.float32]:
        """Return how deep in the square each pixel lies, in pixels of 128x128.

        64 at the centre, 0 at the edge, negative outside; float32 of the window's shape.
        """
        rows, columns = (np.arange(one.start, one.stop, dtype=np.float32) for one in window)
        matrix = self.matrix.astype(np.float32)
        middle = np.float32((FACE_SIDE - 1) / 2)
        across = matrix[0, 0] * columns + (matrix[0, 1] * rows + (matrix[0, 2] - middle))[:, None]
        down = matrix[1, 0] * columns + (matrix[1, 1] * rows + (matrix[1, 2] - middle))[:, None]
        return np.asarray(FACE_SIDE / 2 - np.maximum(np.abs(across), np.abs(down)), np.float32)

    def cut(
        self, photo: NDArray[np.uint8], hole: Hole | None
    ) -> tuple[NDArray[np.uint8], Hole] | None:
        """Return the aligned face at the photograph's own scale, and what of it is hidden.

        Hidden is what the hole touches and what lies outside of the photograph. Pixels under the
        hole are not read: at its edge, the others are averaged alone.

        Args:
            photo: RGB, (H, W, 3).
            hole: (H, W), True = hidden; None: nothing.

        Returns:
            uint8 (side, side, 3) and bool (side, side); None where the face lies outside.
        """
        margin = _MARGIN_PX + round(self.side_px / 64)
        window = self.find_window(photo.shape[0], photo.shape[1], margin)
        if window is None:
            return None
        side = self.crop_px
        visible = np.full(photo[window].shape[:2], 255, np.uint8)
        if hole is not None:
            visible[hole[window]] = 0
        kept = np.where(visible[:, :, None] > 0, photo[window], 0)
        planes, matrix = _shrink(np.dstack([kept, visible]), self._into(window, side))
        moved = move_image(planes, matrix, side)
        is_seen = _touch(planes[:, :, 3], matrix, side)
        weight = np.maximum(moved[:, :, 3:].astype(np.float32) / 255, 0.25)
        face = moved[:, :, :3] if is_seen.all() else (moved[:, :, :3] / weight)
        return np.asarray(face.round().clip(0, 255), np.uint8), ~is_seen

    def project(self, face: NDArray[Any], window: Window) -> NDArray[Any]:
        """Return an aligned face where it lies in a window of the photograph.

        Args:
            face: (side, side) or (side, side, C) of any side; repeated beyond its border.
            window: The part of the photograph that is returned.
        """
        # Averaged first where the photograph has fewer pixels for it: warping reads 4x4 only.
        side = min(face.shape[0], max(round(self.side_px), 1))
        if side < face.shape[0]:
            face = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA))
        height, width = (one.stop - one.start for one in window)
        return np.asarray(
            cv2.warpAffine(
                face,
                self._into(window, side),
                (width, height),
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    def _into(self, window: Window, side: int) -> Matrix:
        """Return the map from pixels of a window to those of the aligned face of ``side``."""
        shift = np.array([[1.0, 0.0, window[1].start], [0.0, 1.0, window[0].start]])
        return join(join(shift, self.matrix), make_resizing((FACE_SIDE,) * 2, (side,) * 2))


def frame_by_points(points: NDArray[np.floating]) -> FaceFrame:
    """Return the frame of a face with 68 or 81 points, (K, 2), as data sets are aligned.

    Raises:
        DataError: The points do not say where eyes and mouth are.
    """
    anchors = find_anchors(make_sample("face", np.zeros((1, 1, 3), np.uint8), points))
    if anchors is None:
        raise DataError(f"the face's points are {points.shape}; expected 68 or 81 finite ones.")
    return _fit(anchors, _TARGETS)


def frame_by_eyes(eyes: Sequence[float]) -> FaceFrame:
    """Return the frame of a face whose eyes are known.

    Args:
        eyes: x, y of one eye's centre, then of the other's, in pixels. The one further left in the
            photograph is taken for the person's right eye.

    Raises:
        DataError: Not four finite numbers, or both eyes at one place.
    """
    try:
        places = np.array(eyes, np.float64)
    except (TypeError, ValueError):
        places = np.empty(0)
    if places.shape != (4,) or not np.isfinite(places).all():
        told = eyes.tolist() if isinstance(eyes, np.ndarray) else eyes
        raise DataError(
            f"the eyes are {told!r}; expected four numbers X,Y,X,Y in pixels, and for a "
            "photograph a list with four of them a face."
        )
    pair = places.reshape(2, 2)
    return _fit(pair[np.argsort(pair[:, 0], kind="stable")], _TARGETS[:2])


def _fit(anchors: NDArray[np.float64], targets: NDArray[np.float64]) -> FaceFrame:
    frame = FaceFrame(fit_similarity(anchors, targets))
    if not np.isfinite(frame.matrix).all() or not 1 <= frame.side_px <= _MAX_SIDE_PX:
        raise DataError(
            f"a face with eyes at {anchors[:2].round(1).tolist()} has no size between 1 and "
            f"{_MAX_SIDE_PX} pixels; give two different places."
        )
    return frame


def _shrink(planes: NDArray[np.uint8], matrix: Matrix) -> tuple[NDArray[np.uint8], Matrix]:
    """Average a large window, to bound the memory that moving it takes."""
    factor = int(1 / math.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if factor < 2:
        return planes, matrix
    height, width = (max(1, length // factor) for length in planes.shape[:2])
    smaller = cv2.resize(planes, (width, height), interpolation=cv2.INTER_AREA)
    to_planes = make_resizing((height, width), (planes.shape[0], planes.shape[1]))
    return np.asarray(smaller, np.uint8), join(to_planes, matrix)


def _touch(visible: NDArray[np.uint8], matrix: Matrix, side: int) -> Hole:
    """Return which pixels of the aligned face lie within visible ones, bool (side, side)."""
    whole = (visible == 255).astype(np.uint8) * np.uint8(255)
    moved = cv2.warpAffine(
        whole, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(moved >= 254)
