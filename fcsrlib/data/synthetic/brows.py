"""The eyebrows: an arched band of oblique hairs that tapers outwards."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, smoothstep
from fcsrlib.data.synthetic.palette import hair_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

BROW_LABELS = {-1: 3, 1: 2}
"""Class by side of the image: the person's left brow (2) lies on the right."""

PLACES = (0.92, 0.5, 0.05, -0.42, -0.88)
"""Places of iBUG points 17 to 21 along the middle line of the brow, outer end first."""


@dataclass(frozen=True)
class Brow:
    """One brow: place u runs from -1 at the inner to 1 at the outer end; tensors (N, 1, 1)."""

    side: int
    x: Tensor
    y: Tensor
    half_width: Tensor
    arch: Tensor
    tilt: Tensor
    thickness: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, pose: Pose, side: int) -> Brow:
        """Place the brow on ``side`` of the image."""
        person, shot = parameters.person, parameters.shot
        femininity = as_map(person.femininity)
        height = -0.056 - 0.004 * as_map(person.brow_height) - 0.006 * femininity
        height = height - 0.006 * as_map(shot.brow_raise)
        x, y = pose.turn(side * torch.full_like(height, 0.121), height, 0.01)
        thickness = 0.0148 - 0.0045 * femininity + 0.002 * as_map(person.brow_thickness)
        return cls(
            side=side,
            x=x,
            y=y,
            half_width=0.073 * (1.0 - 0.4 * side * pose.turn_x),
            arch=0.016 + 0.004 * as_map(person.brow_arch) + 0.006 * femininity,
            tilt=0.006 + 0.004 * as_map(person.brow_tilt) + 0.003 * as_map(shot.brow_raise),
            thickness=thickness.clamp(min=0.0055),
        )

    def middle(self, u: Tensor | float) -> Tensor:
        """Return the ordinate of the middle line at place ``u``."""
        u = torch.as_tensor(u)
        return self.y - self.arch * (1.0 - u * u) * (1.0 + 0.25 * u) + self.tilt * u

    def half_thickness(self, u: Tensor) -> Tensor:
        """Return half the thickness at place ``u``."""
        ends = smoothstep(1.03 - u.abs(), 0.0, 0.3)
        return self.thickness * (0.8 - 0.32 * u) * ends

    def points(self) -> Tensor:
        """Return the five points in iBUG order, (N, 5, 2)."""
        places = PLACES if self.side == -1 else PLACES[::-1]
        u = torch.tensor(places)
        x = self.x + self.side * u * self.half_width
        return torch.stack([x, self.middle(u)], dim=-1)[:, 0]


def paint_brow(canvas: Canvas, brow: Brow, parameters: FaceParameters) -> None:
    """Paint one brow over the skin and name it."""
    window = canvas.window(
        *((-0.22, -0.11, -0.03, -0.01) if brow.side < 0 else (0.03, -0.11, 0.22, -0.01))
    )
    u = (canvas.x[window] - brow.x) * brow.side / brow.half_width
    v = canvas.y[window] - brow.middle(u)
    thickness = brow.half_thickness(u)
    distance = torch.maximum(v.abs() - thickness, (u.abs() - 0.97) * brow.half_width)
    slant = u * 13.0 + v * (360.0 - 240.0 * u)
    fine = (1.0 - 60.0 * canvas.pixel / 1.0).clamp(0.0, 1.0)
    hairs = torch.sin(slant * 2.4) * torch.sin(slant * 1.1 + 1.7) * fine
    density = as_map(parameters.person.brow_density)
    coverage = canvas.cover(distance + 0.0022 * hairs, 0.006)
    coverage = coverage * density * smoothstep(thickness, 0.0, 0.003) * (0.86 + 0.16 * hairs)
    skin = skin_colour(parameters)
    colour = hair_colour(parameters) * 0.25 + skin * 0.03
    canvas.paint(window, coverage.clamp(0.0, 1.0), colour)
    canvas.label(window, canvas.cover(distance), BROW_LABELS[brow.side])
