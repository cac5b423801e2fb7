"""Holes over parts of the face: ellipses around its landmarks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.landmarks import (
    CHIN,
    LEFT_BROW,
    LEFT_EYE,
    MOUTH,
    NOSE,
    RIGHT_BROW,
    RIGHT_EYE,
)
from fcsrlib.degradation.holes import Mask
from fcsrlib.errors import ConfigError, DataError

_POINTS: dict[str, list[int]] = {
    "left_eye": [*LEFT_EYE],
    "right_eye": [*RIGHT_EYE],
    "eyes": [*RIGHT_EYE, *LEFT_EYE],
    "left_brow": [*LEFT_BROW],
    "right_brow": [*RIGHT_BROW],
    "nose": [*NOSE],
    "mouth": [*MOUTH],
    "chin": [*CHIN],
}

# Centre x, y and half width, height of each part's box, as shares of the side of the central
# 128x128 of aligned faces: means over 9,536 faces in CelebA's geometry.
_CANONICAL: dict[str, tuple[float, float, float, float]] = {
    "left_eye": (0.624, 0.521, 0.053, 0.014),
    "right_eye": (0.382, 0.520, 0.052, 0.014),
    "eyes": (0.503, 0.521, 0.173, 0.015),
    "left_brow": (0.642, 0.451, 0.084, 0.016),
    "right_brow": (0.365, 0.450, 0.084, 0.016),
    "nose": (0.504, 0.610, 0.054, 0.100),
    "mouth": (0.504, 0.807, 0.104, 0.046),
    "chin": (0.505, 0.964, 0.126, 0.024),
}

FACIAL_PARTS = tuple(_POINTS)

# What is added around a part's box, as a share of the side: an eye is more than its lids.
_MARGIN = (0.02, 0.06)


def facial_part(
    rng: np.random.Generator,
    side: int,
    landmarks: NDArray[np.float32],
    parts: Iterable[str] = FACIAL_PARTS,
) -> Mask:
    """Hide an ellipse over one part of the face, drawn from ``parts``.

    Its half axes are those of the part's box times sqrt(2), so that it holds the box, and a margin
    of 2 to 6 % of the side. Where a landmark of the part is NaN, the part's mean place in the
    central crop of aligned faces stands in for it; it does not follow a random crop or a mirror
    image, which move it by at most 6 % of the side.

    Args:
        rng: Source of all choices.
        side: Side of the mask in pixels.
        landmarks: x, y in pixels of the mask, (81, 2) or (68, 2).
        parts: Names out of :data:`FACIAL_PARTS`; left and right are the person's own.

    Returns:
        The mask; it hides one pixel at least, also where the part lies outside the image.

    Raises:
        ConfigError: An unknown part, or none.
        DataError: Landmarks of another scheme.
    """
    names = check_parts(parts)
    name = names[int(rng.integers(len(names)))]
    centre, half = locate_part(landmarks, name, side)
    half = half * np.sqrt(2) + rng.uniform(*_MARGIN, size=2) * side
    rows, cols = np.ogrid[:side, :side]
    distance = ((cols - centre[0]) / half[0]) ** 2 + ((rows - centre[1]) / half[1]) ** 2
    return (distance <= max(1.0, float(distance.min()))).astype(np.uint8)


def locate_part(
    landmarks: NDArray[np.float32], name: str, side: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centre and half size of a part's box, x then y, in pixels of the mask.

    Raises:
        DataError: Landmarks of another scheme than 81 or 68 points.
    """
    if landmarks.shape not in ((81, 2), (68, 2)):
        raise DataError(f"landmarks is {landmarks.shape}; expected (81, 2) or (68, 2).")
    points = landmarks[_POINTS[name]].astype(np.float64)
    if not np.isfinite(points).all():
        box = np.array(_CANONICAL[name]) * side
        return box[:2] - 0.5, box[2:]
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, (high - low) / 2


def check_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the parts as a tuple.

    Raises:
        ConfigError: An unknown part, or none.
    """
    names = tuple(parts)
    unknown = [name for name in names if name not in _POINTS]
    if unknown or not names:
        raise ConfigError(f"Facial parts are {names}; expected some of {', '.join(FACIAL_PARTS)}.")
    return names
