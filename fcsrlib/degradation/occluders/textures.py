"""Colours, cloth and unevenness of occluders."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = NDArray[np.float64]

PATTERNS = ("stripes", "checks", "dots", "blotches", "weave")


def pick_colour(
    rng: np.random.Generator, palette: Sequence[tuple[float, ...]], spread: float = 8.0
) -> Colour:
    """Return one of the palette's RGB colours, a little changed."""
    chosen = np.array(palette[int(rng.integers(len(palette)))], np.float64)
    return np.clip(chosen + rng.normal(0, spread / 2) + rng.normal(0, spread / 2, 3), 4, 250)


def draw_colour(rng: np.random.Generator) -> Colour:
    """Return any RGB colour: gray, dull or bright."""
    gray = rng.uniform(10, 245)
    tint = rng.uniform(-1, 1, 3) * rng.choice([5.0, 40.0, 110.0])
    return np.clip(gray + tint, 4, 250)


def make_noise(rng: np.random.Generator, side: int, cells: int) -> NDArray[np.float32]:
    """Return smooth noise (side, side) of standard deviation about 1, ``cells`` bumps across."""
    coarse = rng.normal(size=(cells + 1, cells + 1)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def make_texture(
    rng: np.random.Generator, side: int, colour: Colour, pattern: str | None = None
) -> Image:
    """Return cloth of one colour, or with a pattern of a second one, uint8 (side, side, 3).

    Args:
        rng: Source of all choices.
        side: Side in pixels.
        colour: RGB in [0, 255].
        pattern: Out of :data:`PATTERNS`; None: plain.
    """
    plain = np.broadcast_to(colour, (side, side, 3))
    if pattern is None:
        grain = make_noise(rng, side, side // 3)[..., None] * rng.uniform(0, 4)
        return np.clip(plain + grain, 0, 255).astype(np.uint8)
    second = draw_colour(rng)
    strength = _draw_pattern(rng, side, pattern)[..., None] * rng.uniform(0.4, 1)
    return (plain + strength * (second - plain)).astype(np.uint8)


def _draw_pattern(rng: np.random.Generator, side: int, pattern: str) -> NDArray[np.float32]:
    """Return how much of the second colour stands where, (side, side) in [0, 1]."""
    if pattern == "blotches":
        noise = make_noise(rng, side, int(rng.integers(8, 24)))
        return np.clip(3 * (noise - rng.uniform(-0.4, 0.9)), 0, 1)
    angle, period = rng.uniform(0, np.pi), side * rng.uniform(0.02, 0.1)
    axis = np.arange(side, dtype=np.float32) * np.float32(2 * np.pi / period)
    bend = make_noise(rng, side, 4) * np.float32(rng.uniform(0, 1.5))
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    first = np.sin(axis * cosine + axis[:, None] * sine + bend)
    if pattern == "stripes":
        return np.clip(3 * (first - np.float32(rng.uniform(-0.6, 0.8))), 0, 1)
    second = np.sin(axis[:, None] * cosine - axis * sine + bend)
    if pattern == "checks":
        return (np.clip(4 * first, 0, 1) + np.clip(4 * second, 0, 1)) / 2
    if pattern == "dots":
        return np.clip(4 * (first * second - np.float32(rng.uniform(0.2, 0.7))), 0, 1)
    return np.clip(0.5 + 0.3 * first * second, 0, 1)
