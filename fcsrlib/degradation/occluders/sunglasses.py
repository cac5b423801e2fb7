"""Sunglasses, ski goggles and visors: dark lenses over both eyes."""

from __future__ import annotations

import numpy as np

from fcsrlib.degradation.occluders.canvas import Canvas, Image
from fcsrlib.degradation.occluders.face_frame import FaceFrame
from fcsrlib.degradation.occluders.shapes import ellipse, round_corners
from fcsrlib.degradation.occluders.textures import Colour, draw_colour, make_noise, pick_colour

_LENSES = ((12, 12, 14), (25, 22, 20), (55, 38, 26), (25, 32, 45), (40, 50, 45))
_FRAMES = ((10, 10, 12), (30, 24, 20), (90, 60, 35), (190, 170, 110), (200, 200, 205))


def draw_sunglasses(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Paint lenses that hide the eyes, their frame and its temples."""
    lens = draw_colour(rng) * 0.7 if rng.random() < 0.15 else pick_colour(rng, _LENSES, 10)
    frame = pick_colour(rng, _FRAMES, 10)
    texture = _make_lens(rng, canvas.side, face, lens)
    opacity = rng.uniform(0.88, 1.0)
    width_px = face.unit * rng.uniform(0.02, 0.09)
    if rng.random() < 0.2:
        outlines = [_draw_goggles(rng, face)]
    else:
        outlines = _draw_lenses(rng, face)
        canvas.stroke(face.at([(-0.25, -0.05), (0, -0.1), (0.25, -0.05)]), frame, width_px)
    for end, inner in ((0, -1), (16, 1)):
        if rng.random() < 0.8:
            temple = [face.at([inner * 0.85, -0.1]), face.along_jaw([end], 1.03)[0]]
            canvas.stroke(np.array(temple), frame, width_px * 1.2)
    for outline in outlines:
        canvas.fill(outline, texture, opacity)
    if rng.random() < 0.8:
        for outline in outlines:
            canvas.stroke(outline, frame, width_px, closed=True)


def _draw_lenses(rng: np.random.Generator, face: FaceFrame) -> list[np.ndarray]:
    half = np.array([rng.uniform(0.34, 0.48), rng.uniform(0.25, 0.42)]) * face.unit
    power, slant = rng.uniform(2, 5), rng.normal(0.05, 0.06)
    apart, low = rng.uniform(0.5, 0.56), rng.uniform(-0.02, 0.1)
    tilt = float(np.arctan2(*face.axes[0][::-1]))
    return [
        ellipse(face.at([sign * apart, low]), half, tilt + sign * slant, power) for sign in (-1, 1)
    ]


def _draw_goggles(rng: np.random.Generator, face: FaceFrame) -> np.ndarray:
    wide, high, low = rng.uniform(0.95, 1.2), rng.uniform(0.3, 0.55), rng.uniform(0.3, 0.55)
    notch = rng.uniform(0, low)
    own = [(-wide, -high), (wide, -high), (wide, low), (0.35, low), (0, low - notch), (-0.35, low)]
    return round_corners(face.at([*own, (-wide, low)]), 2)


def _make_lens(rng: np.random.Generator, side: int, face: FaceFrame, colour: Colour) -> Image:
    """Return lenses that grow lighter downwards and mirror something vague."""
    down = (np.arange(side) - face.eyes[:, 1].mean()) / face.unit
    lighter = 1 + rng.uniform(0, 0.9) * np.clip(down + 0.3, 0, 1)
    mirrored = rng.uniform(0, 22) * make_noise(rng, side, int(rng.integers(4, 14)))
    texture = colour * lighter[:, None, None] + np.clip(mirrored, 0, None)[..., None]
    return np.clip(texture, 0, 255).astype(np.uint8)
