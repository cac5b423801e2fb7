"""Scarves, neck gaiters and high collars, which cover the face from below."""

from __future__ import annotations

import numpy as np

from fcsrlib.degradation.occluders.canvas import Canvas
from fcsrlib.degradation.occluders.face_frame import FaceFrame
from fcsrlib.degradation.occluders.shapes import arc, round_corners
from fcsrlib.degradation.occluders.textures import (
    PATTERNS,
    draw_colour,
    make_noise,
    make_texture,
    pick_colour,
)

_DARK = ((20, 20, 22), (35, 38, 60), (60, 20, 25), (70, 70, 75))


def draw_scarf(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Paint cloth from the nose, mouth or chin down to the image's lower edge."""
    is_tight = rng.random() < 0.5
    out = rng.uniform(1.0, 1.12) if is_tight else rng.uniform(1.1, 1.5)
    top = rng.uniform(1.0, 3.5)
    left, right = face.along_jaw([top + rng.normal(0, 0.3), 16 - top + rng.normal(0, 0.3)], out)
    middle = face.along_bridge(rng.uniform(0.8, 3)) + rng.choice([0, 0.3, 0.7]) * face.axes[1]
    middle = middle + rng.normal(0, 0.1) * face.axes[0]
    jaw = np.array([5, 6.5, 9.5, 11])
    waist = face.along_jaw(jaw, out + rng.normal(0, 0.03))
    below = 4 * face.axes[1]
    spread = rng.uniform(0.2, 1.2) * face.axes[0]
    outline = [left, 0.5 * (left + middle), middle, 0.5 * (right + middle), right]
    outline += [waist[3], waist[2] + below + spread, waist[1] + below - spread, waist[0]]
    colour = pick_colour(rng, _DARK) if rng.random() < 0.4 else draw_colour(rng)
    pattern = str(rng.choice(PATTERNS)) if rng.random() < 0.5 else None
    canvas.fill(round_corners(outline, 2), make_texture(rng, canvas.side, colour, pattern))
    canvas.depth *= 1.5
    _fold(rng, face, canvas)


def _fold(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Shade folds that hang from side to side, and unevenness."""
    folds = []
    for height in rng.uniform(0.6, 2.4, int(rng.integers(2, 8))):
        left, right = face.at([(s * 1.3, height + rng.normal(0, 0.3)) for s in (-1, 1)])
        folds.append(arc(left, right, rng.uniform(-0.05, 0.25)))
    canvas.crease(folds, rng.uniform(1.5, 4) * canvas.side / 128, rng.uniform(0.1, 0.5))
    canvas.warm(1 + rng.uniform(0.02, 0.12) * make_noise(rng, canvas.side, 7))
    x = (np.arange(canvas.side, dtype=np.float32) - face.mouth[0]) / (1.4 * face.unit)
    canvas.warm(1 - rng.uniform(0, 0.4) * np.clip(x * x, 0, 1.5)[None])
