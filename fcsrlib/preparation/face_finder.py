"""Finds the face in a photograph, and 68 points on it, by dlib."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.inference.dlib_models import find_dlib_model, import_dlib

PREDICTOR = "shape_predictor_68_face_landmarks.dat"
_EXTRA = "photo"
_PURPOSE = "finding faces in photographs"
_MAX_SIDE = 640


class FaceFinder:
    """dlib's frontal face detector (HOG) and its predictor of 68 points in iBUG's order.

    King, "Dlib-ml: A Machine Learning Toolkit", JMLR 2009; Kazemi and Sullivan, "One Millisecond
    Face Alignment with an Ensemble of Regression Trees", CVPR 2014. The predictor's weights were
    trained on iBUG 300-W, whose terms exclude commercial use.

    Attributes:
        description: Version of dlib and name of the predictor.

    Raises:
        MissingExtraError: dlib or its model is not installed.
    """

    def __init__(self) -> None:
        """Load both."""
        self._dlib = import_dlib(_EXTRA, _PURPOSE)
        path = find_dlib_model(PREDICTOR, _EXTRA, _PURPOSE)
        self._detect = self._dlib.get_frontal_face_detector()
        self._predict = self._dlib.shape_predictor(str(path))
        self.description = f"dlib {self._dlib.__version__}, {PREDICTOR}"

    def __reduce__(self) -> tuple[type[FaceFinder], tuple[()]]:
        """Pickle nothing: another process loads them for itself."""
        return FaceFinder, ()

    def find(self, image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """Return the 68 points of the largest face, x, y (68, 2); None where there is no face.

        Faces are looked for in the photograph shrunk to 640 pixels, from 80 pixels on, and where
        there is none from 40 pixels on.

        Args:
            image: RGB photograph (H, W, 3).
        """
        scale = min(1.0, _MAX_SIDE / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        boxes = self._detect(small, 0) or self._detect(small, 1)
        if not boxes:
            return None
        box = max(boxes, key=lambda one: one.area())
        corners = (box.left(), box.top(), box.right(), box.bottom())
        there = self._dlib.rectangle(*(round(value / scale) for value in corners))
        shape = self._predict(image, there)
        points = [(shape.part(number).x, shape.part(number).y) for number in range(shape.num_parts)]
        return np.array(points, np.float32)
