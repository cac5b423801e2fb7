"""Brings a face of any size and position to the place that CelebA's aligned faces have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.face_labels import LEFT_EYE as LEFT_EYE_LABEL
from fcsrlib.data.face_labels import MOUTH as MOUTH_LABELS
from fcsrlib.data.face_labels import RIGHT_EYE as RIGHT_EYE_LABEL
from fcsrlib.data.landmarks import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE
from fcsrlib.data.sample import ALIGNED_SIDE, Sample, change_occluder
from fcsrlib.data.similarity import (
    fit_similarity,
    join,
    make_resizing,
    move_image,
    move_labels,
    move_mask,
    move_points,
)
from fcsrlib.data.transforms import Draw
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import TRANSFORMS

Anchors = NDArray[np.float64]

CELEBA_ANCHORS = ((70.0, 92.0), (109.0, 92.0), (89.5, 134.5))
"""Right eye, left eye, mouth in CelebA's central 178x178, from the first pixel's outer corner."""


def find_anchors(sample: Sample) -> Anchors | None:
    """Return the centres of right eye, left eye and mouth in the image, (3, 2); None where unknown.

    The mouth's centre is the middle of its corners. The labels are asked where the landmarks lack
    one of the three; their left and right are not trusted, the face is taken to be upright.
    """
    landmarks = sample["landmarks"]
    if len(landmarks) in (68, 81):
        parts = (RIGHT_EYE, LEFT_EYE, MOUTH_CORNERS)
        anchors = np.array([landmarks[list(part)].mean(0) for part in parts], np.float64)
        if np.isfinite(anchors).all():
            return anchors
    labelled = _find_labelled_anchors(sample["parsing"])
    if labelled is None:
        return None
    to_image = make_resizing(sample["parsing"].shape, sample["hr_target"].shape[:2])
    return move_points(labelled, to_image).astype(np.float64)


def _find_labelled_anchors(parsing: NDArray[np.uint8]) -> Anchors | None:
    anchors = []
    for labels in ((RIGHT_EYE_LABEL,), (LEFT_EYE_LABEL,), MOUTH_LABELS):
        rows, columns = np.nonzero(np.isin(parsing, labels))
        if not rows.size:
            return None
        anchors.append((columns.mean(), rows.mean()))
    return np.array([*sorted(anchors[:2]), anchors[2]])


@TRANSFORMS.register_module()
class AlignFace:
    """Moves eyes and mouth to the place they have in CelebA, by one similarity.

    The eyes and the mouth's centre, from the landmarks or else the labels, are brought as near as
    can be (least squares) to CelebA's; image, label map and landmarks are carried along. The label
    map may have another resolution than the image. Outside the photograph the image repeats its
    border and the label map is unknown.

    Args:
        side: Side of the aligned face in pixels.
        anchors: Where right eye, left eye and mouth are in faces that have neither landmarks nor
            labels of all three, x, y as shares of width and height. Without it such a face is an
            error.

    Raises:
        ConfigError: A side below 1, or ``anchors`` that are not three points.
    """

    def __init__(
        self, side: int = ALIGNED_SIDE, anchors: Sequence[Sequence[float]] | None = None
    ) -> None:
        """Set where the anchors go."""
        if side < 1:
            raise ConfigError(f"AlignFace: side is {side}; expected at least 1.")
        self.side = side
        self.anchors = None if anchors is None else np.array(anchors, np.float64)
        if self.anchors is not None and self.anchors.shape != (3, 2):
            raise ConfigError(
                f"AlignFace: anchors is {anchors}; expected x, y of right eye, left eye and mouth."
            )
        self.targets = np.array(CELEBA_ANCHORS) * (side / 178) - 0.5

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return nothing: there is no choice."""
        return {}

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Move image, labels and points into the square of ``side``.

        Raises:
            DataError: The face's place is unknown, its eyes and mouth coincide, or its label map
                has another shape.
        """
        height, width = sample["hr_target"].shape[:2]
        rows, columns = sample["parsing"].shape
        if abs(height * columns - width * rows) > max(height, width):
            raise DataError(
                f"{sample['name']} is {width}x{height} and its label map {columns}x{rows}; "
                "expected one shape."
            )
        to_image = make_resizing((rows, columns), (height, width))
        anchors = self._place_anchors(sample)
        matrix = fit_similarity(anchors, self.targets)
        if not np.isfinite(matrix).all():
            raise DataError(f"{sample['name']}: eyes and mouth coincide; mend its annotation.")
        return {
            **sample,
            "hr_target": move_image(sample["hr_target"], matrix, self.side),
            "landmarks": move_points(sample["landmarks"], matrix),
            "parsing": move_labels(sample["parsing"], join(to_image, matrix), self.side),
            **change_occluder(sample, lambda mask: move_mask(mask, matrix, self.side)),
        }

    def _place_anchors(self, sample: Sample) -> Anchors:
        found = find_anchors(sample)
        if found is not None:
            return found
        if self.anchors is None:
            raise DataError(
                f"{sample['name']} has neither landmarks nor labels of eyes and mouth to align it "
                "by; give the data set's landmarks, or AlignFace's anchors."
            )
        height, width = sample["hr_target"].shape[:2]
        return self.anchors * (width, height) - 0.5
