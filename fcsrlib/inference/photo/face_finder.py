"""Finds faces in photographs, and 68 points on each, by dlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, local
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import ConfigError
from fcsrlib.inference.dlib_models import find_dlib_model, import_dlib

PREDICTOR = "shape_predictor_68_face_landmarks.dat"
CNN_DETECTOR = "mmod_human_face_detector.dat"
DETECTORS = ("auto", "hog", "cnn")
_EXTRA = "photo"
_PURPOSE = "finding faces in photographs"
_MAX_SIDE = 640
_LARGEST_ENLARGEMENT = 4.0  # from 80 px, the least that is found as it is, down to 20 px
_MAX_PIXELS = {"hog": 24e6, "cnn": 1e6}
"""Most pixels that are searched: 1.6 s of one core with HOG, 4 s and 1.3 GB with the CNN."""
_LEAST_SIDE = 40  # of what is searched: in less the CNN fails, and no face has room
_MAX_OVERLAP = 0.3
_LEAST_SCORE = 0.15  # of HOG: below it, badges and folds were found on a par with faces

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FoundFace:
    """A face in a photograph.

    Attributes:
        points: 68 points in iBUG's order, x, y in pixels, float32 (68, 2).
        score: How sure the detector is; above 0, comparable between faces of one detector.
        box: Left, top, right, bottom in pixels.
    """

    points: NDArray[np.float32]
    score: float
    box: Box


class FindsFaces(Protocol):
    """Anything that finds faces in photographs, as :class:`FaceFinder` does."""

    def find_all(self, image: NDArray[np.uint8]) -> Sequence[FoundFace]:
        """Return the faces of an RGB photograph (H, W, 3)."""


class FaceFinder:
    """dlib's face detectors and its predictor of 68 points in iBUG's order.

    King, "Dlib-ml: A Machine Learning Toolkit", JMLR 2009; King, "Max-Margin Object Detection",
    2015; Kazemi and Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression
    Trees", CVPR 2014. The predictor's weights were trained on iBUG 300-W, whose terms exclude
    commercial use. Threads may share a finder.

    Attributes:
        description: Version of dlib and name of the predictor.

    Args:
        detector: Of :meth:`find_all`: ``hog``, frontal faces; ``cnn``, also turned and covered
            ones, at some fifty times the time a pixel; ``auto``, both.

    Raises:
        ConfigError: Another detector.
        MissingExtraError: dlib or its models are not installed.
    """

    def __init__(self, detector: str = "auto") -> None:
        """Load the predictor; detectors are loaded by each thread, which they need for itself."""
        check_detector(detector)
        self._dlib = import_dlib(_EXTRA, _PURPOSE)
        path = _find_model(PREDICTOR)
        self._predict = self._dlib.shape_predictor(str(path))
        self._detector = detector
        self._cnn_path = None if detector == "hog" else str(_find_model(CNN_DETECTOR))
        self._own, self._cnn_lock = local(), Lock()
        self.description = f"dlib {self._dlib.__version__}, {PREDICTOR}"

    def __reduce__(self) -> tuple[type[FaceFinder], tuple[str]]:
        """Pickle no networks: another process loads them for itself."""
        return FaceFinder, (self._detector,)

    def find(self, image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """Return the 68 points of the largest face, x, y (68, 2); None where there is no face.

        Faces are looked for by HOG in the photograph shrunk to 640 pixels, from 80 pixels on, and
        where there is none from 40 pixels on.

        Args:
            image: RGB photograph (H, W, 3).
        """
        scale = min(1.0, _MAX_SIDE / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        detect = self._load("hog")
        boxes = detect(small, 0) or detect(small, 1)
        if not boxes:
            return None
        box = max(boxes, key=lambda one: one.area())
        corners = (box.left(), box.top(), box.right(), box.bottom())
        return self._predict_points(image, [value / scale for value in corners])

    def find_all(self, image: NDArray[np.uint8]) -> list[FoundFace]:
        """Return all faces, the largest first; of those that overlap, the surest.

        Of a face that both detectors find, HOG's box is kept: the predictor learned from such.
        The photograph is enlarged up to four times, so that faces from 20 pixels on are found, but
        no further than to the pixels that can be searched in bounded time and memory: 24 million
        with HOG, one million with the CNN. In 20 megapixels HOG finds faces from about 75 pixels
        on.

        Args:
            image: RGB photograph (H, W, 3).
        """
        kinds = ("hog", "cnn") if self._detector == "auto" else (self._detector,)
        faces: list[FoundFace] = []
        for kind in kinds:
            before = list(faces)
            faces += [
                face
                for face in self._search(image, kind)
                if all(_find_overlap(face.box, one.box) <= _MAX_OVERLAP for one in before)
            ]
        return sorted(faces, key=lambda face: -_find_area(face.box))

    def _search(self, image: NDArray[np.uint8], kind: str) -> list[FoundFace]:
        height, width = image.shape[:2]
        scale = min(_LARGEST_ENLARGEMENT, math.sqrt(_MAX_PIXELS[kind] / (height * width)))
        if min(height, width) * scale < _LEAST_SIDE:
            return []
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        searched = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8
        )
        found = keep_distinct(self._detect(searched, kind))
        # Small faces have too few pixels for the predictor, large ones more in the photograph.
        seen, ratio = (searched, 1.0) if scale > 1 else (image, scale)
        faces = []
        for box, score in found:
            points = self._predict_points(seen, [value / ratio for value in box])
            left, top, right, bottom = (value / scale for value in box)
            placed = points if ratio != 1 else (points + 0.5) / np.float32(scale) - np.float32(0.5)
            faces.append(FoundFace(placed.astype(np.float32), score, (left, top, right, bottom)))
        return faces

    def _detect(self, image: NDArray[np.uint8], kind: str) -> list[tuple[Box, float]]:
        """Return boxes and scores of what a detector finds in ``image`` as it is."""
        detect = self._load(kind)
        if kind == "cnn":
            with self._cnn_lock:  # its memory once, not once a thread
                found = [(one.rect, one.confidence) for one in detect(image, 0)]
        else:
            boxes, scores, _ = detect.run(image, 0, _LEAST_SCORE)
            found = list(zip(boxes, scores, strict=True))
        return [
            ((box.left(), box.top(), box.right() + 1.0, box.bottom() + 1.0), float(score))
            for box, score in found
        ]

    def _load(self, kind: str) -> Any:
        if not hasattr(self._own, kind):
            if kind == "hog":
                loaded = self._dlib.get_frontal_face_detector()
            else:
                loaded = self._dlib.cnn_face_detection_model_v1(self._cnn_path)
            setattr(self._own, kind, loaded)
        return getattr(self._own, kind)

    def _predict_points(
        self, image: NDArray[np.uint8], corners: Sequence[float]
    ) -> NDArray[np.float32]:
        shape = self._predict(image, self._dlib.rectangle(*map(round, corners)))
        points = [(shape.part(number).x, shape.part(number).y) for number in range(shape.num_parts)]
        return np.array(points, np.float32)


def check_detector(detector: str) -> None:
    """Check the name of a detector.

    Raises:
        ConfigError: There is none of this name.
    """
    if detector not in DETECTORS:
        raise ConfigError(f"detector is {detector!r}; expected one of {', '.join(DETECTORS)}.")


def keep_distinct(found: Sequence[tuple[Box, float]]) -> list[tuple[Box, float]]:
    """Return boxes and scores, of those that overlap only the one with the highest score.

    Two overlap where they share more than 0.3 of the smaller one: a detector that finds a face
    twice puts one box into the other.
    """
    kept: list[tuple[Box, float]] = []
    for box, score in sorted(found, key=lambda one: -one[1]):
        if all(_find_overlap(box, other) <= _MAX_OVERLAP for other, _ in kept):
            kept.append((box, score))
    return kept


def _find_overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(down, 0) / min(_find_area(one), _find_area(other))


def _find_area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _find_model(file: str) -> Any:
    return find_dlib_model(file, _EXTRA, _PURPOSE)
