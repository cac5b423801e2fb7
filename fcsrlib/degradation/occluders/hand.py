"""Hands: a palm, four fingers and a thumb that come in from below or from a side."""

from __future__ import annotations

import numpy as np

from fcsrlib.degradation.occluders.canvas import Canvas, Points
from fcsrlib.degradation.occluders.face_frame import FaceFrame
from fcsrlib.degradation.occluders.shapes import ellipse, rotation, round_corners
from fcsrlib.degradation.occluders.textures import (
    Colour,
    draw_colour,
    make_noise,
    make_texture,
    pick_colour,
)

_SKINS = ((240, 205, 185), (225, 180, 155), (205, 155, 125), (170, 120, 90), (125, 85, 62),
          (80, 55, 42), (235, 190, 165))  # fmt: skip
# In palm widths: roots of index to little finger and of the thumb, x and y up from the wrist's
# middle, then length and width; the thumb leaves the palm at an angle of its own.
_FINGERS = (
    (-0.38, 1.0, 0.85, 0.22),
    (-0.13, 1.06, 0.95, 0.23),
    (0.13, 1.03, 0.88, 0.22),
    (0.37, 0.93, 0.68, 0.19),
)
_THUMB = (-0.42, 0.35, 0.75, 0.24)
_PALM = (
    (-0.3, -0.1),
    (-0.52, 0.4),
    (-0.5, 1.0),
    (0.0, 1.1),
    (0.48, 0.95),
    (0.48, 0.3),
    (0.3, -0.1),
)


def draw_hand(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Paint a hand before mouth, chin, cheek, nose or an eye, with its forearm or sleeve."""
    is_own = rng.random() < 0.6
    skin = pick_colour(rng, [tuple(canvas.skin)] if is_own else _SKINS, 14)
    target = face.at([(0, 1.0), (0, 1.6), (-0.8, 0.9), (0.8, 0.9), (0, 0.5), (-0.5, 0), (0.5, 0)][
        int(rng.integers(7))
    ] + rng.normal(0, 0.15, 2))  # fmt: skip
    angle = rng.choice([rng.normal(0, 0.5), rng.normal(1.1, 0.4), rng.normal(-1.1, 0.4)])
    place = _Placement(rng, target, angle, face.unit * rng.uniform(0.9, 1.35))
    _draw_arm(rng, place, canvas, skin)
    palm = round_corners(place(_PALM), 2)
    canvas.fill(palm, make_texture(rng, canvas.side, skin))
    canvas.warm(1 + rng.uniform(0.02, 0.1) * make_noise(rng, canvas.side, 8))
    curl, fan = rng.uniform(0.45, 1.05), rng.uniform(0, 0.16)
    edges = []
    for number, finger in enumerate(_FINGERS):
        bend = (number - 1.5) * fan + rng.normal(0, 0.05)
        edges.append(_draw_finger(rng, place, canvas, skin, finger, bend, curl))
    if rng.random() < 0.75:
        edges.append(_draw_finger(rng, place, canvas, skin, _THUMB, -rng.uniform(0.3, 1.0), 1.0))
    canvas.crease(edges, 1.0, rng.uniform(0.05, 0.2))
    canvas.round_edges(0.12 * place.size, rng.uniform(0.1, 0.45))
    canvas.depth *= 2


class _Placement:
    """Maps a hand's own frame (palm widths, y up) to the image; the fingers' roots hit a target."""

    def __init__(self, rng: np.random.Generator, target: Points, angle: float, size: float) -> None:
        self.target, self.size = target, size
        self.turn = rotation(angle)
        self.flip = rng.choice([-1.0, 1.0])

    def __call__(self, points: object) -> Points:
        own = np.asarray(points, np.float64) * (self.flip, -1) + (0, 0.9)
        return (self.target + self.size * own @ self.turn).astype(np.float32)


def _draw_finger(
    rng: np.random.Generator,
    place: _Placement,
    canvas: Canvas,
    skin: Colour,
    finger: tuple[float, float, float, float],
    bend: float,
    curl: float,
) -> Points:
    """Paint one finger and its dark outline; return the line along its middle."""
    x, y, length, width = finger
    angles = bend + np.array([0, rng.normal(0, 0.08), rng.normal(0, 0.12)])
    steps = length * curl * np.array([0.42, 0.32, 0.26])
    joints = np.cumsum(np.stack([np.sin(angles), np.cos(angles)], -1) * steps[:, None], 0)
    spine = np.concatenate([[[0, -0.25], [0, 0]], joints]) + (x, y)
    line = place(spine)
    tone = np.clip(skin * rng.uniform(0.94, 1.05), 0, 255)
    widths = width * np.array([1, 1, 0.95, 0.85]) * place.size
    canvas.stroke(line[1:], skin * rng.uniform(0.55, 0.8), widths[0] + max(0.05 * place.size, 1))
    for start, thickness in enumerate(widths):
        canvas.stroke(line[start : start + 2], tone, thickness)
    if rng.random() < 0.6:
        nail = ellipse(line[-1], np.array([0.3, 0.4]) * widths[-1])
        canvas.print_polygon(nail, np.clip(tone * 1.06 + (8, 0, 4), 0, 255))
    return line


def _draw_arm(rng: np.random.Generator, place: _Placement, canvas: Canvas, skin: Colour) -> None:
    wide = rng.uniform(0.32, 0.42)
    canvas.fill(
        place([(-wide, 0.1), (wide, 0.1), (wide * 1.2, -4), (-wide * 1.2, -4)]), skin * 0.95
    )
    if rng.random() < 0.5:
        start, loose = rng.uniform(-0.8, -0.2), rng.uniform(0.45, 0.7)
        sleeve = place([(-loose, start), (loose, start), (loose * 1.3, -4), (-loose * 1.3, -4)])
        canvas.fill(sleeve, make_texture(rng, canvas.side, draw_colour(rng)))
