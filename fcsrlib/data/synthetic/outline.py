"""Closed outlines around the head as radius over angle: the head, the hairline, the hair."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

NUM_KNOTS = 24
NUM_ANGLES = 360
CENTRE_Y = 0.05
"""Where the polar frame stands, in the face frame: at the nose, below the eyes."""


def _catmull_rom() -> tuple[Tensor, Tensor]:
    """Return the four knots (4, NUM_ANGLES) around each angle and their weights."""
    position = torch.arange(NUM_ANGLES, dtype=torch.float64) * NUM_KNOTS / NUM_ANGLES
    before = position.floor()
    t = position - before
    weights = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    knots = (before.long() + torch.arange(-1, 3)[:, None]) % NUM_KNOTS
    return knots, torch.stack(weights).float()


_AROUND, _WEIGHTS = _catmull_rom()
KNOT_ANGLES = torch.arange(NUM_KNOTS) * (2 * torch.pi / NUM_KNOTS)
"""Angle of each knot: 0 is up, growing towards the right of the image."""


def mirror_knots(half: Tensor) -> Tensor:
    """Extend 13 knots from the top (0) to the chin (pi) to the full circle of 24."""
    return torch.cat([half, half[..., 1:-1].flip(-1)], dim=-1)


def interpolate(knots: Tensor) -> Tensor:
    """Return the radius at NUM_ANGLES equal angles from (..., NUM_KNOTS) knots."""
    # No matrix product: its rounding would depend on the number of faces beside this one.
    return (knots[..., _AROUND] * _WEIGHTS).sum(-2)


def look_up(tables: Tensor, angle: Tensor) -> Tensor:
    """Read periodic tables (N, C, T) at ``angle`` (N, h, w), linearly: (N, C, h, w)."""
    turns = torch.remainder(angle / (2 * torch.pi), 1.0)
    # align_corners=True maps -1 and 1 to the first and last entry; the first is repeated last.
    closed = torch.cat([tables, tables[..., :1]], dim=-1)[:, :, None]
    grid = torch.stack([turns * 2.0 - 1.0, torch.zeros_like(turns)], dim=-1)
    return F.grid_sample(closed, grid, align_corners=True)


def bump(centre_degrees: float, width_degrees: float) -> Tensor:
    """Return a symmetric bell over the knots, around an angle from the top on both sides."""
    angle = torch.arange(13) * 15.0
    return mirror_knots(torch.exp(-(((angle - centre_degrees) / width_degrees) ** 2)))


HEAD_KNOTS = mirror_knots(
    torch.tensor(
        [0.385, 0.377, 0.353, 0.32, 0.287, 0.262, 0.248, 0.243, 0.246, 0.261, 0.295, 0.338, 0.362]
    )
)
