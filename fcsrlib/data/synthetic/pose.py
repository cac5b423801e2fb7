"""From the face frame to the image: the similarity of alignment and a mild turn of the head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.parameters import FaceParameters, Values

EYES_X, EYES_Y = 0.5026, 0.517
"""Midpoint of the eyes of an aligned CelebA face, in sides of the central 178x178 square."""


def as_map(values: Values) -> Tensor:
    """Return a trait as float32 (N, 1, 1), ready to broadcast against pixels."""
    return torch.from_numpy(values).view(-1, 1, 1)


@dataclass(frozen=True)
class Pose:
    """Where the head stands; every field is (N, 1, 1).

    The face frame has its origin between the eyes, x to the right of the image, y downwards, and
    the side of the image as its unit. Depth z grows towards the viewer; the eyes lie at z = 0.
    """

    turn_x: Tensor
    turn_y: Tensor
    squeeze: Tensor
    roll_cos: Tensor
    roll_sin: Tensor
    scale: Tensor
    origin_x: Tensor
    origin_y: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters) -> Pose:
        """Read the pose traits of the image."""
        shot = parameters.shot
        yaw, roll = as_map(shot.yaw), as_map(shot.roll)
        return cls(
            turn_x=yaw.sin(),
            turn_y=as_map(shot.pitch),
            squeeze=yaw.cos(),
            roll_cos=roll.cos(),
            roll_sin=roll.sin(),
            scale=as_map(shot.scale),
            origin_x=EYES_X + as_map(shot.shift_x),
            origin_y=EYES_Y + as_map(shot.shift_y),
        )

    def turn(self, x: Tensor, y: Tensor, z: Tensor | float) -> tuple[Tensor, Tensor]:
        """Turn a point of the frontal head: near parts move with the turn, far ones against."""
        return x * self.squeeze + z * self.turn_x, y + z * self.turn_y

    def roll(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the in-plane rotation alone."""
        return x * self.roll_cos - y * self.roll_sin, x * self.roll_sin + y * self.roll_cos

    def to_pixels(self, points: Tensor, side: int) -> Tensor:
        """Map face-frame points (N, K, 2) to pixels with centres at integers."""
        x, y = self.roll(points[..., :1], points[..., 1:])
        x, y = x * self.scale + self.origin_x, y * self.scale + self.origin_y
        return torch.cat([x, y], dim=-1) * side - 0.5

    def upright_axes(self, side: int) -> tuple[Tensor, Tensor]:
        """Return the pixel rows' and columns' coordinates before the roll is undone, (N, S)."""
        centres = ((torch.arange(side) + 0.5) / side).view(1, 1, -1)
        x = (centres - self.origin_x) / self.scale
        y = (centres - self.origin_y) / self.scale
        return x[:, 0], y[:, 0]

    def pixel_grid(self, side: int) -> tuple[Tensor, Tensor]:
        """Return the face-frame coordinates of every pixel centre, each (N, S, S)."""
        columns, rows = self.upright_axes(side)
        x, y = columns[:, None, :], rows[:, :, None]
        upright_x = x * self.roll_cos + y * self.roll_sin
        upright_y = y * self.roll_cos - x * self.roll_sin
        return upright_x, upright_y
