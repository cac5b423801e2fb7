"""One key light, a sky and a ground: irradiance and gloss from the slope of a surface."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map


@dataclass(frozen=True)
class Lighting:
    """The light of an image; ``x``, ``up``, ``front`` point at the key light, (N, 1, 1)."""

    x: Tensor
    up: Tensor
    front: Tensor
    key: Tensor
    fill: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters) -> Lighting:
        """Read the lighting traits of the image; ``key`` and ``fill`` are (N, 3, 1, 1)."""
        shot = parameters.shot
        azimuth, elevation = as_map(shot.light_azimuth), as_map(shot.light_elevation)
        warmth = 0.07 * as_map(shot.warmth)
        tint = torch.stack([1.0 + warmth, torch.ones_like(warmth), 1.0 - 1.3 * warmth], dim=1)
        cool = torch.stack([1.0 - 0.6 * warmth, torch.ones_like(warmth), 1.0 + 0.8 * warmth], 1)
        return cls(
            x=azimuth.sin() * elevation.cos(),
            up=elevation.sin(),
            front=azimuth.cos() * elevation.cos(),
            key=tint * as_map(shot.light_strength)[:, None],
            fill=cool * as_map(shot.ambient)[:, None],
        )

    def shade(self, lean_x: Tensor, lean_y: Tensor) -> tuple[Tensor, Tensor]:
        """Light a surface whose outward normal is (lean_x, lean_y, 1) before normalising.

        Returns:
            Irradiance (N, 3, S, S), softened towards the shadow more in red than in blue as
            light does that wanders under skin; gloss (N, S, S).
        """
        scale = torch.rsqrt(1.0 + lean_x * lean_x + lean_y * lean_y)
        toward = (lean_x * self.x - lean_y * self.up + self.front) * scale
        sky = 0.72 + 0.28 * scale - 0.22 * lean_y * scale
        wraps = torch.tensor([0.36, 0.24, 0.20]).view(1, 3, 1, 1)
        lit = ((toward[:, None] + wraps) / (1.0 + wraps)).clamp_(min=0.0)
        light = self.key * lit * (0.35 + 0.65 * lit) + self.fill * sky[:, None]
        # Half-way vector between the light and the viewer, who stands at (0, 0, 1).
        half = torch.rsqrt(2.0 + 2.0 * self.front)
        glance = (lean_x * self.x - lean_y * self.up + self.front + 1.0) * scale * half
        gloss = glance.clamp_(min=0.0) ** 22
        return light, 0.14 * gloss
