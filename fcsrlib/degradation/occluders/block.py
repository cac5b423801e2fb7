"""Things of no particular kind: boards, cups, papers, microphones, anything with a texture."""

from __future__ import annotations

import numpy as np

from fcsrlib.degradation.occluders.canvas import Canvas, Points
from fcsrlib.degradation.occluders.face_frame import FaceFrame
from fcsrlib.degradation.occluders.shapes import ellipse, rotation, round_corners
from fcsrlib.degradation.occluders.textures import (
    PATTERNS,
    draw_colour,
    make_noise,
    make_texture,
)


def draw_block(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Paint a board, a blob or a stick somewhere on the face."""
    centre = face.at([rng.normal(0, 0.6), rng.uniform(-0.7, 1.8)])
    outline = _draw_outline(rng, centre, face.unit)
    pattern = str(rng.choice(PATTERNS)) if rng.random() < 0.6 else None
    canvas.fill(outline, make_texture(rng, canvas.side, draw_colour(rng), pattern))
    if rng.random() < 0.5:
        canvas.stroke(outline, draw_colour(rng), rng.uniform(0.02, 0.1) * face.unit, closed=True)
    _print_something(rng, centre, face, canvas)
    slope = rng.normal(0, 0.25, 2) / canvas.side
    axis = np.arange(canvas.side, dtype=np.float32) - canvas.side / 2
    canvas.warm(np.clip(1 + slope[0] * axis + slope[1] * axis[:, None], 0.6, 1.4))
    canvas.warm(1 + rng.uniform(0, 0.06) * make_noise(rng, canvas.side, 6))
    canvas.depth *= rng.uniform(0.5, 3)


def _draw_outline(rng: np.random.Generator, centre: Points, unit: float) -> Points:
    shape = rng.choice(["board", "blob", "disc", "stick"])
    if shape == "disc":
        return ellipse(centre, rng.uniform(0.3, 0.9, 2) * unit, rng.uniform(0, 3), 2.2)
    if shape == "blob":
        spokes = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radii = rng.uniform(0.35, 1.0, 9) * unit
        return round_corners(
            centre + np.stack([np.cos(spokes), np.sin(spokes)], -1) * radii[:, None]
        )
    half = rng.uniform(0.3, 1.0, 2) if shape == "board" else np.array([rng.uniform(0.08, 0.3), 4])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    if shape == "stick":  # it ends here and goes on outside the image
        corners[:, 1] += 4
    turned = corners @ rotation(rng.normal(0, 0.5 if shape == "board" else 1.2))
    return round_corners(centre + turned * unit, int(rng.integers(0, 3)))


def _print_something(
    rng: np.random.Generator, centre: Points, face: FaceFrame, canvas: Canvas
) -> None:
    for _ in range(int(rng.integers(0, 5))):
        place = centre + rng.normal(0, 0.4, 2) * face.unit
        size = rng.uniform(0.04, 0.4, 2) * face.unit
        canvas.print_polygon(ellipse(place, size, rng.uniform(0, 3), 5), draw_colour(rng))
