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

    def shade(self, lean_x: Tensor, lean_y: Tensor, is_skin: bool = False) -> tuple[Tensor, Tensor]:
        """Light a surface whose outward normal is (lean_x, lean_y, 1) before normalising.

        Args:
            lean_x: Lean of the surface to the right, (N, h, w).
            lean_y: Lean of the surface downwards, (N, h, w).
            is_skin: Soften the shadow's edge more in red than in blue, as light does that
                wanders under skin.

        Returns:
            Irradiance (N, 3, h, w) and gloss (N, h, w).
        """
        scale = torch.rsqrt(1.0 + lean_x * lean_x + lean_y * lean_y)
        toward = (lean_x * self.x - lean_y * self.up + self.front).mul_(scale)
        sky = (0.72 + 0.28 * scale).sub_(0.22 * lean_y * scale)
        wrap = torch.tensor([0.36, 0.24, 0.20] if is_skin else [0.25]).view(1, -1, 1, 1)
        lit = ((toward[:, None] + wrap) / (1.0 + wrap)).clamp_(min=0.0)
        lit = (0.65 * lit).add_(0.35).mul_(lit)
        light = torch.addcmul(self.fill * sky[:, None], self.key, lit)
        # Half-way vector between the light and the viewer, who stands at (0, 0, 1).
        half = torch.rsqrt(2.0 + 2.0 * self.front)
        glance = (toward + scale).mul_(half).clamp_(min=0.0)
        gloss = glance.square_().square_().square_()
        return light, 0.14 * gloss * gloss * gloss
