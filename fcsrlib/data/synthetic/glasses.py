"""Glasses: two rims, a bridge and temples, with a faint tint and a soft shadow."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, smoothstep
from fcsrlib.data.synthetic.head import SKIN_LABEL
from fcsrlib.data.synthetic.palette import linear, ramp
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import Pose, as_map

SHARE = 0.17
_FRAMES = linear(
    (12, 12, 14), (14, 12, 14), (62, 34, 20), (84, 78, 74), (120, 96, 60), (20, 24, 48)
)


def has_glasses(parameters: FaceParameters) -> Tensor:
    """Say which faces wear glasses, bool (N,)."""
    return torch.from_numpy(parameters.shot.glasses) < SHARE


def paint_glasses(canvas: Canvas, parameters: FaceParameters, pose: Pose) -> None:
    """Paint glasses over the face; the frame counts as skin, as a worn thing on it."""
    worn = has_glasses(parameters).view(-1, 1, 1).float()
    shape = as_map(parameters.shot.glasses_shape)
    window = canvas.window(-0.24, -0.1, 0.24, 0.13)
    x, y = canvas.x[window], canvas.y[window]
    x, y = x - 0.05 * pose.turn_x, y - 0.012 - 0.05 * pose.turn_y
    distance, inside = _frame(x, y, shape)
    thick = 0.0035 + 0.0045 * as_map(parameters.shot.glasses_colour)
    rim = distance - thick
    shadow = torch.exp(-((_frame(x, y - 0.010, shape)[0] / 0.011) ** 2))
    canvas.light[window] *= (1.0 - 0.32 * shadow * worn)[:, None]
    canvas.albedo[window] *= (1.0 - 0.08 * inside * worn)[:, None]
    coverage = canvas.cover(rim, 0.001) * worn
    colour = ramp(_FRAMES, (shape * 7.0) % 1.0)
    canvas.paint(window, coverage, colour)
    canvas.gloss[window] *= (1.0 - coverage)[:, None]
    glare = inside * smoothstep(x + 1.4 * y + 0.1 * pose.turn_x, 0.06, 0.0) * 0.025
    edge = 0.05 * coverage * smoothstep(rim + 0.7 * thick, 0.3 * thick, 0.0)
    canvas.gloss[window] += ((glare + edge) * worn)[:, None]
    canvas.label(window, canvas.cover(rim) * worn, SKIN_LABEL)


def _frame(x: Tensor, y: Tensor, shape: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distance to the middle of the frame's wire, and the inside of the lenses."""
    width, height = 0.078 + 0.008 * shape, 0.054 + 0.016 * (1.0 - shape)
    power = 2.2 + 3.0 * shape
    u, v = (x.abs() - 0.111).abs() / width, y.abs() / height
    ring = ((u**power + v**power + 1e-9) ** (1.0 / power) - 1.0) * torch.minimum(width, height)
    gap = 0.111 - width
    bridge = torch.maximum((y + 0.012 + 2.0 * x * x).abs(), x.abs() - gap)
    temple = torch.maximum((y + 0.02).abs(), (x.abs() - 0.219).abs() - 0.219 + 0.111 + width)
    wire = torch.minimum(ring.abs(), torch.minimum(bridge, temple))
    return wire, (ring < 0).float()
