"""Outlines and lines as points (P, 2), in pixels of a face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]

_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)


def round_corners(points: object, times: int = 2) -> Points:
    """Cut the corners of a closed polygon, each time a quarter of either side (Chaikin)."""
    outline = np.asarray(points, np.float32)
    for _ in range(times):
        following = np.roll(outline, -1, 0)
        cut = np.stack([0.75 * outline + 0.25 * following, 0.25 * outline + 0.75 * following], 1)
        outline = cut.reshape(-1, 2)
    return outline


def ellipse(
    centre: NDArray[np.floating], half_axes: object, angle: float = 0.0, power: float = 2.0
) -> Points:
    """Return an ellipse; a ``power`` above 2 makes it squarer."""
    circle = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], -1)
    circle = np.sign(circle) * np.abs(circle) ** (2 / power) * np.asarray(half_axes)
    return (np.asarray(centre) + circle @ rotation(angle)).astype(np.float32)


def arc(start: Points, end: Points, sag: float, num_points: int = 9) -> Points:
    """Return a parabola from ``start`` to ``end``, its middle ``sag`` of its length lower."""
    share = np.linspace(0, 1, num_points)[:, None]
    along = np.asarray(end) - np.asarray(start)
    across = np.array([-along[1], along[0]])
    return (start + share * along + 4 * sag * share * (1 - share) * across).astype(np.float32)


def rotation(angle: float) -> NDArray[np.float64]:
    """Return the matrix that turns rows of points by ``angle`` radians, clockwise on screen."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, sine], [-sine, cosine]])
