"""Masks over mouth and nose: surgical with pleats, fitted cloth, and cups with a valve."""

from __future__ import annotations

import numpy as np

from fcsrlib.degradation.occluders.canvas import Canvas, Points
from fcsrlib.degradation.occluders.face_frame import FaceFrame
from fcsrlib.degradation.occluders.shapes import arc, ellipse, round_corners
from fcsrlib.degradation.occluders.textures import (
    PATTERNS,
    Colour,
    draw_colour,
    make_noise,
    make_texture,
    pick_colour,
)

_SURGICAL = ((205, 225, 238), (150, 200, 225), (160, 215, 205), (235, 238, 240), (90, 150, 190),
             (240, 205, 210), (30, 30, 34))  # fmt: skip
_CLOTH = ((22, 22, 25), (22, 22, 25), (40, 42, 48), (60, 62, 68), (35, 45, 80), (130, 130, 135),
          (225, 225, 225), (150, 30, 40))  # fmt: skip
_CUP = ((235, 235, 232), (235, 235, 232), (220, 222, 225), (205, 220, 232), (40, 40, 44),
        (120, 122, 128))  # fmt: skip


def draw_face_mask(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Paint a mask; its ear loops or straps count as part of it."""
    style = rng.choice(["surgical", "cloth", "cup"], p=[0.4, 0.4, 0.2])
    palette = {"surgical": _SURGICAL, "cloth": _CLOTH, "cup": _CUP}[style]
    colour = draw_colour(rng) if rng.random() < 0.2 else pick_colour(rng, palette, 16)
    outline = _draw_outline(rng, face, style)
    loops = pick_colour(rng, ((235, 235, 235), (30, 30, 32))) if rng.random() < 0.4 else colour
    if rng.random() < 0.85:
        straps = style == "cup" and rng.random() < 0.5
        _draw_loops(rng, face, canvas, outline, loops, wide=style == "cloth", straps=straps)
    pattern = str(rng.choice(PATTERNS)) if rng.random() < _PATTERNED[style] else None
    canvas.fill(round_corners(outline, 2), make_texture(rng, canvas.side, colour, pattern))
    _bulge(rng, face, canvas, colour)
    if style == "surgical":
        _draw_pleats(rng, face, canvas, outline, colour)
    elif style == "cloth":
        _draw_seams(rng, face, canvas, colour)
    if rng.random() < {"surgical": 0.0, "cloth": 0.15, "cup": 0.5}[style]:
        _draw_valve(rng, face, canvas, colour)
    if rng.random() < 0.15:
        _draw_print(rng, face, canvas)
    _wrinkle(rng, canvas, outline)


_PATTERNED = {"surgical": 0.1, "cloth": 0.25, "cup": 0.1}
_TOP_LEFT, _TOP_RIGHT = 0, 6


def _draw_outline(rng: np.random.Generator, face: FaceFrame, style: str) -> Points:
    """Return the outline from the upper left corner over nose, right side and chin, (P, 2)."""
    top = rng.uniform(1.0, 3.0) if style != "cup" else rng.uniform(2.4, 3.6)
    out = rng.uniform(1.0, 1.22) if style != "cup" else rng.uniform(0.86, 1.08)
    left, right = face.along_jaw([top + rng.normal(0, 0.2), 16 - top + rng.normal(0, 0.2)], out)
    down, across = face.axes[1], face.axes[0]
    nose = face.along_bridge(rng.uniform(0.6, 2.9))
    wing = rng.uniform(0.12, 0.24)
    droop = rng.uniform(-0.04, 0.12) if style == "surgical" else rng.uniform(-0.08, 0.06)
    cheeks = [0.5 * (corner + nose) + droop * down for corner in (left, right)]
    wings = [nose + sign * wing * across + rng.uniform(0.02, 0.14) * down for sign in (-1, 1)]
    side = np.linspace(top + 1.2, 7, 4)
    lower_out = np.linspace(out, rng.uniform(0.98, 1.14), 4) + rng.normal(0, 0.01, 4)
    if style == "surgical":  # the lower corners stand away from the jaw
        lower_out[1:3] += rng.uniform(0, 0.07)
    chin = face.along_jaw([8], rng.uniform(0.93, 1.14))
    lower_left = face.along_jaw(side, lower_out)
    lower_right = face.along_jaw(16 - side, lower_out)
    return np.concatenate(
        [
            [left, cheeks[0], wings[0], nose, wings[1], cheeks[1], right],
            lower_right,
            chin,
            lower_left[::-1],
        ]
    ).astype(np.float32)


def _draw_loops(
    rng: np.random.Generator,
    face: FaceFrame,
    canvas: Canvas,
    outline: Points,
    colour: Colour,
    *,
    wide: bool,
    straps: bool,
) -> None:
    """Draw lines from the corners to the ears, or on over the cheeks to the back of the head."""
    width = face.unit * (rng.uniform(0.04, 0.13) if wide else rng.uniform(0.03, 0.07))
    reach = rng.uniform(1.08, 1.3)
    # Straps run up and back, loops to the ear, which lies a little above the upper corner.
    high = rng.uniform(-0.7, 0.0) if straps else rng.uniform(-0.05, 0.3)
    low = rng.uniform(0.1, 0.6)
    bottom_right, bottom_left = _TOP_RIGHT + 2, len(outline) - 2
    for top, bottom, ear in (
        (_TOP_LEFT, bottom_left, face.along_jaw([0], reach)[0]),
        (_TOP_RIGHT, bottom_right, face.along_jaw([16], reach)[0]),
    ):
        for corner, height in ((top, high), (bottom, low)):
            if rng.random() < 0.85:
                end = ear + height * face.axes[1]
                canvas.stroke(arc(outline[corner], end, rng.normal(0, 0.05)), colour, width)


def _bulge(rng: np.random.Generator, face: FaceFrame, canvas: Canvas, colour: Colour) -> None:
    """Shade the mask as something round in front of the face; dark cloth shines a little."""
    axis = np.arange(canvas.side, dtype=np.float32)
    x = (axis - face.mouth[0] - rng.normal(0, 0.3) * face.unit) / (1.2 * face.unit)
    y = (axis - face.mouth[1]) / face.unit
    sideways = 1 - rng.uniform(0, 0.35) * np.clip(x * x, 0, 1.5)
    downwards = 1 - rng.uniform(-0.05, 0.3) * np.clip(y, -0.7, 1)
    canvas.warm(downwards[:, None] * sideways)
    if colour.mean() < 80:
        canvas.warm(1 + rng.uniform(0, 0.8) * np.exp(-4 * (x * x + ((y + 0.3) ** 2)[:, None])))


def _draw_pleats(
    rng: np.random.Generator, face: FaceFrame, canvas: Canvas, outline: Points, colour: Colour
) -> None:
    left, right = outline[_TOP_LEFT], outline[_TOP_RIGHT]
    lowest = len(outline) - 3
    shares = np.linspace(rng.uniform(0.1, 0.35), rng.uniform(0.7, 1.0), int(rng.integers(2, 5)))
    sag = rng.uniform(-0.02, 0.1)
    pleats = [
        arc(left + s * (outline[lowest] - left), right + s * (outline[9] - right), sag)
        for s in shares
    ]
    canvas.crease(pleats, rng.uniform(1, 1.6) * canvas.side / 128, rng.uniform(0.15, 0.5))
    if rng.random() < 0.5:  # the hem above
        hem = outline[_TOP_LEFT : _TOP_RIGHT + 1] + 0.1 * face.axes[1]
        canvas.mark([hem], np.clip(colour + rng.normal(0, 20), 0, 255), 1)


def _draw_seams(rng: np.random.Generator, face: FaceFrame, canvas: Canvas, colour: Colour) -> None:
    if rng.random() < 0.6:
        seam = arc(face.along_bridge(2), face.jaw[8], rng.normal(0, 0.03))
        canvas.crease([seam], 1.0, rng.uniform(0.1, 0.35))
    if rng.random() < 0.3:
        seams = [arc(face.along_jaw([t])[0], face.jaw[8], rng.normal(0, 0.1)) for t in (3, 13)]
        canvas.mark(seams, np.clip(colour + rng.normal(0, 40), 0, 255), 0.8)


def _draw_valve(rng: np.random.Generator, face: FaceFrame, canvas: Canvas, colour: Colour) -> None:
    sides = [-0.55, 0.55] if rng.random() < 0.4 else [rng.choice([-0.5, 0.0, 0.5])]
    radius, height = rng.uniform(0.15, 0.3), rng.uniform(0.8, 1.3)
    tone = np.clip(colour + rng.choice([-70, -30, 40, 90]), 5, 250)
    for across in sides:
        centre = face.at([across, height])
        canvas.print_polygon(ellipse(centre, (radius * face.unit,) * 2), tone)
        for share in (0.95, 0.55):
            ring = ellipse(centre, (share * radius * face.unit,) * 2)
            canvas.mark([ring], np.clip(tone - 45, 0, 255), 0.8, closed=True)


def _draw_print(rng: np.random.Generator, face: FaceFrame, canvas: Canvas) -> None:
    """Print a few blots of one colour somewhere, as a logo."""
    centre = face.at([rng.uniform(-0.5, 0.5), rng.uniform(0.8, 1.4)])
    colour = draw_colour(rng)
    for _ in range(int(rng.integers(1, 5))):
        place = centre + rng.normal(0, 0.15, 2) * face.unit
        size = rng.uniform(0.03, 0.22, 2) * face.unit
        canvas.print_polygon(ellipse(place, size, rng.uniform(0, 3)), colour)


def _wrinkle(rng: np.random.Generator, canvas: Canvas, outline: Points) -> None:
    """Shade uneven cloth, and folds that run in from the outline."""
    canvas.warm(1 + rng.uniform(0.01, 0.08) * make_noise(rng, canvas.side, 9))
    centre = outline.mean(0)
    starts = outline[rng.integers(len(outline), size=int(rng.integers(0, 7)))]
    folds = [
        arc(start, centre + rng.uniform(-0.1, 0.6) * (start - centre), rng.normal(0, 0.1))
        for start in starts
    ]
    if folds:
        canvas.crease(folds, rng.uniform(1, 2.5) * canvas.side / 128, rng.uniform(0.05, 0.35))
