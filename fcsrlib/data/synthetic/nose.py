"""The nose: its ridge, its outline for the parsing map, the nostrils and the wing creases."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, bell, smoothstep
from fcsrlib.data.synthetic.palette import skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

NOSE_LABEL = 6
RIDGE = ((0.0, 0.0), (0.3, 0.3), (0.57, 0.68), (0.78, 1.0))
"""iBUG points 27 to 30 as (share of the length, share of the depth)."""

BASE = (-0.82, -0.42, 0.0, 0.42, 0.82)
"""iBUG points 31 to 35 as places across the base, in half widths."""


@dataclass(frozen=True)
class Nose:
    """The nose; tensors (N, 1, 1). The base hangs below the ridge's top by ``length``."""

    length: Tensor
    half_width: Tensor
    bridge: Tensor
    tip: Tensor
    shift: Tensor
    lift: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, pose: Pose) -> Nose:
        """Place the nose; ``shift`` and ``lift`` are what the turn does to its tip."""
        person, shot = parameters.person, parameters.shot
        smile = as_map(shot.smile)
        darker = as_map(person.skin_depth)
        width = 0.049 + 0.0035 * as_map(person.nose_width) + 0.006 * darker + 0.004 * smile
        return cls(
            length=0.17 + 0.007 * as_map(person.nose_length) - 0.004 * smile,
            half_width=width - 0.004 * as_map(person.femininity),
            bridge=0.0185 + 0.0018 * as_map(person.nose_bridge),
            tip=0.025 + 0.002 * as_map(person.nose_tip),
            shift=0.1 * pose.turn_x,
            lift=0.1 * pose.turn_y,
        )

    def middle(self, share: Tensor | float) -> Tensor:
        """Return the abscissa of the ridge at a share of the length; the tip is deepest."""
        share = torch.as_tensor(share)
        depth = smoothstep(share, -0.1, 0.78) - 0.45 * smoothstep(share, 0.8, 1.1)
        return self.shift * depth

    def base(self, place: Tensor | float) -> Tensor:
        """Return the ordinate of the lower edge at a place across it."""
        place = torch.as_tensor(place)
        wings = 0.016 * place.abs() ** 3
        return self.length + 0.55 * self.lift - wings + 0.003 * torch.cos(place * 9.42)

    def half_width_at(self, share: Tensor) -> Tensor:
        """Return half the width at a share of the length."""
        flare = smoothstep(share, 0.55, 0.9)
        return self.bridge * (1.0 + 0.35 * share) + (self.half_width - 1.3 * self.bridge) * flare

    def points(self) -> Tensor:
        """Return the nine points in iBUG order, (N, 9, 2)."""
        share, depth = torch.tensor(RIDGE).T
        ridge = self.middle(share), share * self.length + depth * self.lift - 0.006
        place = torch.tensor(BASE)
        base = self.middle(1.0) + place * self.half_width, self.base(place)
        rows = [torch.stack(torch.broadcast_tensors(*pair), dim=-1)[:, 0] for pair in (ridge, base)]
        return torch.cat(rows, dim=1)


def paint_nose(canvas: Canvas, nose: Nose, parameters: FaceParameters) -> None:
    """Paint nostrils and creases over the skin and name the nose."""
    window = canvas.window(-0.11, -0.03, 0.11, 0.225)
    x, y = canvas.x[window], canvas.y[window]
    share = y / nose.length
    across = x - nose.middle(share)
    place = across / nose.half_width
    skin = skin_colour(parameters)
    side = place.abs()
    under = bell(y, nose.base(place) - 0.001, 0.007) * smoothstep(0.95 - side, 0.0, 0.5)
    canvas.paint(window, 0.35 * under, skin * 0.3)
    wing = bell(side, 1.03, 0.1) * bell(y, nose.length - 0.022 + 0.5 * nose.lift, 0.018)
    canvas.paint(window, 0.45 * wing, skin * 0.3)
    hole_x = (side - 0.46) / 0.21
    hole_y = (y - nose.base(place) + 0.0055 + 0.004 * hole_x) / 0.0065
    hole = smoothstep(1.3 - torch.sqrt(hole_x**2 + hole_y**2 + 1e-9), 0.0, 0.75)
    canvas.paint(window, 0.85 * hole, skin * torch.tensor([0.16, 0.08, 0.07]).view(1, 3, 1, 1))
    outside = torch.maximum(across.abs() - nose.half_width_at(share), y - nose.base(place))
    outside = torch.maximum(outside, -0.018 - y)
    canvas.label(window, canvas.cover(outside), NOSE_LABEL)
