"""The head: its outline, the jaw and hairline points, the polar map, and the ears."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic import outline
from fcsrlib.data.synthetic.canvas import Canvas, bell, smoothstep
from fcsrlib.data.synthetic.palette import skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

SKIN_LABEL = 1
JAW_START, JAW_END = 278.0, 82.0
"""Angles of jaw points 0 and 16, degrees from the top, clockwise on the image."""


@dataclass(frozen=True)
class Head:
    """The head's outline around (``x``, CENTRE_Y + ``y``): radius at the knots, (N, 24)."""

    x: Tensor
    y: Tensor
    knots: Tensor
    ear_size: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, pose: Pose) -> Head:
        """Shape the outline by the person's traits."""
        person, shot = parameters.person, parameters.shot
        trait = {name: torch.from_numpy(values)[:, None] for name, values in vars(person).items()}
        opening = torch.from_numpy(shot.mouth_opening)[:, None]
        femininity = trait["femininity"] - 0.5
        growth = (
            0.035 * trait["face_width"] * outline.bump(90, 45)
            + (0.03 * trait["jaw_width"] - 0.075 * femininity) * outline.bump(135, 22)
            + (0.028 * trait["chin_length"] - 0.03 * femininity) * outline.bump(180, 22)
            + (0.022 * trait["chin_width"] - 0.025 * femininity) * outline.bump(158, 14)
            + 0.025 * trait["forehead"] * outline.bump(0, 45)
            + 0.02 * trait["cheeks"] * outline.bump(112, 18)
            + 0.045 * (opening - 0.4).clamp(min=0.0) * outline.bump(180, 30)
        )
        x, y = pose.turn(torch.zeros_like(pose.scale), torch.zeros_like(pose.scale), -0.13)
        return cls(
            x=x,
            y=y,
            knots=outline.HEAD_KNOTS * (1.0 + growth),
            ear_size=1.0 + 0.12 * as_map(person.ear_size),
        )

    def to_polar(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return radius and angle (0 up, clockwise) of face-frame points."""
        across, down = x - self.x, y - self.y - outline.CENTRE_Y
        return torch.sqrt(across**2 + down**2 + 1e-12), torch.atan2(across, -down)

    def to_face(self, radius: Tensor, angle: Tensor) -> Tensor:
        """Return the face-frame points (N, K, 2) at polar (N, K)."""
        x = self.x[:, 0] + radius * angle.sin()
        y = self.y[:, 0] + outline.CENTRE_Y - radius * angle.cos()
        return torch.stack(torch.broadcast_tensors(x, y), dim=-1)

    def trace(self, knots: Tensor, degrees: Tensor) -> Tensor:
        """Return the points of the outline ``knots`` (N, 24) at angles (K,), (N, K, 2)."""
        angle = torch.deg2rad(degrees).expand(len(knots), -1)
        table = outline.interpolate(knots)[:, None]
        return self.to_face(outline.look_up(table, angle[:, None])[:, 0, 0], angle)

    def jaw_points(self) -> Tensor:
        """Return points 0 to 16 at equal steps along the outline, (N, 17, 2)."""
        dense = self.trace(self.knots, torch.linspace(JAW_START, JAW_END, 197))
        steps = (dense[:, 1:] - dense[:, :-1]).norm(dim=-1)
        walked = torch.cat([torch.zeros(len(dense), 1), steps.cumsum(1)], dim=1)
        wanted = walked[:, -1:] * torch.linspace(0, 1, 17)
        after = torch.searchsorted(walked, wanted.contiguous()).clamp(1, 196)
        start, end = walked.gather(1, after - 1), walked.gather(1, after)
        share = ((wanted - start) / (end - start))[..., None]
        pair = [dense.gather(1, k[..., None].expand(-1, -1, 2)) for k in (after - 1, after)]
        return pair[0] + (pair[1] - pair[0]) * share


@dataclass(frozen=True)
class HeadEdge:
    """Every pixel against the head's outline; all (N, S, S).

    Attributes:
        radius: Distance from the centre of the polar frame.
        angle: Angle around the head, 0 up, clockwise.
        share: Radius over the outline's radius: 1 on the outline.
        distance: Signed distance, negative inside.
    """

    radius: Tensor
    angle: Tensor
    share: Tensor
    distance: Tensor


def measure_head(canvas: Canvas, head: Head) -> HeadEdge:
    """Measure every pixel against the head's outline."""
    radius, angle = head.to_polar(canvas.x, canvas.y)
    edge = outline.look_up(outline.interpolate(head.knots)[:, None], angle)[:, 0]
    return HeadEdge(radius, angle, radius / edge, radius - edge)


def paint_ears(canvas: Canvas, head: Head, parameters: FaceParameters) -> None:
    """Paint both ears behind the head; they count as face skin."""
    skin = skin_colour(parameters) * torch.tensor([1.0, 0.86, 0.82]).view(1, 3, 1, 1)
    for side in (-1, 1):
        edge = head.trace(head.knots, torch.tensor([side * 92.0]))[:, 0]
        x, y = edge[:, None, :1] + side * 0.006, edge[:, None, 1:] - 0.012
        width, height = 0.034 * head.ear_size, 0.068 * head.ear_size
        window = canvas.window(
            *((-0.37, -0.07, -0.13, 0.16) if side < 0 else (0.13, -0.07, 0.37, 0.16))
        )
        u = side * (canvas.x[window] - x) / width
        v = (canvas.y[window] - y) / height
        lean = u - 0.35 * (-v).clamp(min=-0.6)
        radius = torch.sqrt(lean**2 + v**2 + 1e-9)
        coverage = canvas.cover((radius - 1.0) * width)
        rim = bell(radius, 0.78, 0.14)
        hollow = smoothstep(0.72 - radius, 0.0, 0.35)
        canvas.paint(window, coverage, skin * (0.72 + 0.25 * rim - 0.38 * hollow)[:, None])
        canvas.label(window, coverage, SKIN_LABEL)
