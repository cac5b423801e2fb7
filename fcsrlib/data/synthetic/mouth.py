"""The mouth: two lips between four curves, and teeth and tongue where they part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, Window, bell, smoothstep
from fcsrlib.data.synthetic.palette import lip_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

UPPER_LIP, INNER_MOUTH, LOWER_LIP = 7, 8, 9

OUTER_TOP = (-1.0, -0.58, -0.25, 0.0, 0.25, 0.58, 1.0)
OUTER_BOTTOM = (0.58, 0.28, 0.0, -0.28, -0.58)
INNER = 0.9
INNER_TOP = (-INNER, -0.28, 0.0, 0.28, INNER)
INNER_BOTTOM = (0.28, 0.0, -0.28)


@dataclass(frozen=True)
class Mouth:
    """The mouth: place u runs from -1 to 1 between its corners; tensors (N, 1, 1)."""

    x: Tensor
    y: Tensor
    half_width: Tensor
    curl: Tensor
    upper_thickness: Tensor
    lower_thickness: Tensor
    cupid: Tensor
    gap_up: Tensor
    gap_down: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, pose: Pose) -> Mouth:
        """Place the mouth; about six in ten are open."""
        person, shot = parameters.person, parameters.shot
        smile = as_map(shot.smile)
        opening = (as_map(shot.mouth_opening) - 0.36).clamp(min=0.0) / 0.64
        opening = opening * (0.45 + 0.55 * smile) + 0.12 * (opening > 0)
        height = 0.246 + 0.005 * as_map(person.mouth_height)
        x, y = pose.turn(torch.zeros_like(height), height, 0.05)
        width = 0.078 + 0.004 * as_map(person.mouth_width) + 0.02 * smile
        fuller = 0.0035 * as_map(person.femininity) + 0.004 * as_map(person.skin_depth)
        thin = 1.0 - 0.28 * smile
        return cls(
            x=x,
            y=y,
            half_width=width,
            curl=0.002 + 0.02 * smile,
            upper_thickness=(0.0165 + 0.003 * as_map(person.upper_lip) + fuller) * thin,
            lower_thickness=(0.022 + 0.0035 * as_map(person.lower_lip) + fuller) * thin,
            cupid=0.12 + 0.22 * as_map(person.cupid_bow),
            gap_up=0.016 * opening,
            gap_down=0.030 * opening,
        )

    def _corner_line(self, u: Tensor | float) -> Tensor:
        return self.y - self.curl * (torch.as_tensor(u) ** 2 - 0.45)

    def _gap(self, u: Tensor | float) -> Tensor:
        return (1.0 - (torch.as_tensor(u) / INNER) ** 2).clamp(min=0.0) ** 0.8

    def inner_top(self, u: Tensor | float) -> Tensor:
        """Return the ordinate of the upper lip's lower edge."""
        u = torch.as_tensor(u)
        droop = 0.0028 * torch.exp(-((u / 0.22) ** 2)) - 0.0012
        return self._corner_line(u) - self.gap_up * self._gap(u) + droop * _dome(u)

    def inner_bottom(self, u: Tensor | float) -> Tensor:
        """Return the ordinate of the lower lip's upper edge."""
        return self.inner_top(u) + (self.gap_up + self.gap_down) * self._gap(u)

    def outer_top(self, u: Tensor | float) -> Tensor:
        """Return the ordinate of the upper lip's upper edge, with the cupid's bow."""
        u = torch.as_tensor(u)
        bow = 1.0 - self.cupid * torch.exp(-((u / 0.15) ** 2))
        return self.inner_top(u) - self.upper_thickness * _dome(u) * bow

    def outer_bottom(self, u: Tensor | float) -> Tensor:
        """Return the ordinate of the lower lip's lower edge."""
        return self.inner_bottom(u) + self.lower_thickness * _dome(u) ** 0.85

    def points(self) -> Tensor:
        """Return the twenty points in iBUG order, (N, 20, 2)."""
        curves = (
            (OUTER_TOP, self.outer_top),
            (OUTER_BOTTOM, self.outer_bottom),
            (INNER_TOP, self.inner_top),
            (INNER_BOTTOM, self.inner_bottom),
        )
        rows = []
        for places, curve in curves:
            u = torch.tensor(places)
            rows.append(torch.stack([self.x + u * self.half_width, curve(u)], dim=-1)[:, 0])
        return torch.cat(rows, dim=1)


def _dome(u: Tensor | float) -> Tensor:
    return (1.0 - torch.as_tensor(u) ** 2).clamp(min=0.0)


def paint_mouth(canvas: Canvas, mouth: Mouth, parameters: FaceParameters) -> None:
    """Paint the mouth over the skin and name its three parts."""
    reach = 1.25 * mouth.half_width
    window = canvas.window(-0.15, 0.17, 0.15, 0.36)
    x, y = canvas.x[window], canvas.y[window]
    u = (x - mouth.x) / mouth.half_width
    top, bottom = mouth.outer_top(u), mouth.outer_bottom(u)
    gap_top, gap_bottom = mouth.inner_top(u), mouth.inner_bottom(u)
    beyond = (u.abs() - 1.0) * mouth.half_width
    upper = torch.maximum(torch.maximum(top - y, y - gap_top), beyond)
    lower = torch.maximum(torch.maximum(gap_bottom - y, y - bottom), beyond)
    inner = torch.maximum(torch.maximum(gap_top - y, y - gap_bottom), beyond + 0.1 * reach)
    _paint_lips(canvas, window, mouth, parameters, (u, y, top, bottom, gap_bottom))
    _paint_inside(canvas, window, mouth, (u, x, y, gap_top, gap_bottom), inner)
    line = bell(y, 0.5 * (gap_top + gap_bottom), 0.003 + 0.35 * canvas.pixel)
    closed = smoothstep(0.012 - (gap_bottom - gap_top), 0.0, 0.01)
    ends = smoothstep(1.06 - u.abs(), 0.0, 0.15)
    canvas.paint(window, 0.85 * line * closed * ends, lip_colour(parameters) * 0.14)
    canvas.label(window, canvas.cover(upper), UPPER_LIP)
    canvas.label(window, canvas.cover(lower), LOWER_LIP)
    canvas.label(window, canvas.cover(inner), INNER_MOUTH)


def _paint_lips(
    canvas: Canvas,
    window: Window,
    mouth: Mouth,
    parameters: FaceParameters,
    curves: tuple[Tensor, ...],
) -> None:
    u, y, top, bottom, gap_bottom = curves
    colour = lip_colour(parameters)
    skin = skin_colour(parameters)
    ends = smoothstep(1.02 - u.abs(), 0.0, 0.12)
    whole = canvas.cover(torch.maximum(top - y, y - bottom), 0.006) * ends
    is_lower = smoothstep(y, gap_bottom - 0.002, gap_bottom + 0.004)
    creases = 1.0 + 0.05 * torch.sin(u * 46.0) * (1.0 - 100.0 * canvas.pixel * 0.5).clamp(min=0.0)
    shade = (0.74 + 0.3 * is_lower) * creases
    canvas.paint(window, whole * 0.95, colour * shade[:, None])
    belly = bell(y, gap_bottom + 0.42 * (bottom - gap_bottom), 0.007) * bell(u, 0.0, 0.5)
    canvas.gloss[window] += (0.06 * belly * whole * (0.4 + as_map(parameters.shot.makeup)))[:, None]
    canvas.paint(window, 0.4 * bell(y, bottom + 0.006, 0.007) * bell(u, 0.0, 0.6), skin * 0.5)


def _paint_inside(
    canvas: Canvas, window: Window, mouth: Mouth, curves: tuple[Tensor, ...], inner: Tensor
) -> None:
    u, x, y, gap_top, gap_bottom = curves
    coverage = canvas.cover(inner, 0.002)
    dark = torch.tensor([0.05, 0.012, 0.012]).view(1, 3, 1, 1)
    canvas.paint(window, coverage, dark.expand(len(u), 3, 1, 1))
    opening = gap_bottom - gap_top
    tongue = smoothstep(y, gap_top + 0.6 * opening, gap_bottom) * smoothstep(opening, 0.018, 0.035)
    canvas.paint(
        window,
        0.7 * tongue * coverage * bell(u, 0.0, 0.6),
        torch.tensor([0.3, 0.07, 0.07]).view(1, 3, 1, 1),
    )
    teeth_end = gap_top + (0.0035 + 0.62 * opening).clamp(max=0.021) - 0.002 * u * u
    teeth = canvas.cover(y - teeth_end, 0.003) * coverage
    tooth = (x - mouth.x) / (0.0125 - 0.003 * u.abs())
    seam = bell(torch.remainder(tooth, 1.0), 0.5, 0.16) * (1.0 - 60 * canvas.pixel).clamp(min=0.2)
    shade = (1.0 - 0.28 * seam) * (1.0 - 0.62 * u.abs() ** 1.6)
    lip_shadow = 1.0 - 0.4 * torch.exp(-(y - gap_top).clamp(min=0.0) / 0.005)
    ivory = torch.tensor([0.80, 0.74, 0.66]).view(1, 3, 1, 1)
    canvas.paint(window, teeth, ivory * (shade * lip_shadow)[:, None])
