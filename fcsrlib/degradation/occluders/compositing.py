"""Lays a painted layer over a face: its light, its shadow, its edge and its grain."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.degradation.occluders.canvas import Canvas, Image, shift

COVERED_OPACITY = 0.25
"""Smallest opacity at which a pixel counts as occluded: what is left shows no face to keep."""

_LIGHT_CELLS = 6


def lay_over(rng: np.random.Generator, image: Image, canvas: Canvas) -> tuple[Image, Image]:
    """Return the face with the layer over it, uint8 (S, S, 3), and where it is covered, (S, S).

    The layer takes the photograph's light (its blurred brightness), softness and grain, and casts
    a shadow; equal for equal states of ``rng``.
    """
    colour, opacity = canvas.flatten()
    grain = rng.standard_normal(opacity.shape, np.float32) * np.float32(rng.uniform(0.3, 3))
    colour = colour * _spread(_find_light(rng, image)) + _spread(grain)
    blur = rng.uniform(0, 0.9) * canvas.side / 128
    if blur > 0.3:
        colour, opacity = (_blur(layer, blur) for layer in (colour, opacity))
    face = image * _spread(1 - _cast_shadow(rng, opacity, canvas.depth))
    laid = cv2.blendLinear(np.clip(colour, 0, 255), face, opacity, 1 - opacity)
    covered = (opacity >= COVERED_OPACITY).astype(np.uint8)
    return np.rint(laid).astype(np.uint8), covered


def compress(image: Image, quality: int) -> Image:
    """Return the image after JPEG compression, which hides where it was put together."""
    _, stored = cv2.imencode(
        ".jpg", np.ascontiguousarray(image), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_UNCHANGED), np.uint8)


def _find_light(rng: np.random.Generator, image: Image) -> NDArray[np.float32]:
    """Return a factor (S, S) that follows the photograph's brightness as far as is drawn."""
    small = cv2.resize(image, (_LIGHT_CELLS, _LIGHT_CELLS), interpolation=cv2.INTER_AREA)
    gray = small.mean(2, dtype=np.float32)[1:-1, 1:-1] + 20
    relative = gray / gray.mean()
    level = (gray.mean() / 130) ** rng.uniform(0.0, 0.7) * rng.uniform(0.85, 1.12)
    light = np.clip(level * relative ** np.float32(rng.uniform(0, 0.6)), 0.35, 1.35)
    size = image.shape[1::-1]
    return cv2.resize(light.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)


def _cast_shadow(
    rng: np.random.Generator, opacity: NDArray[np.float32], depth_px: float
) -> NDArray[np.float32]:
    """Return how much darker the face is, (S, S) in [0, 1], round and below the layer."""
    moved = shift(opacity, *(rng.normal((0, 0.6), 0.6) * depth_px))
    soft = _blur(moved, 0.4 + rng.uniform(0.3, 1.5) * depth_px)
    return soft * np.float32(rng.uniform(0, 0.45))


def _blur(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (S, S) as three equal channels; broadcasting over three is five times slower."""
    return np.asarray(cv2.merge([values] * 3), np.float32)
