"""The hair: styles as outlines around the head, strands, and the points of the hairline."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fcsrlib.data.synthetic import outline
from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.head import Head
from fcsrlib.data.synthetic.outline import mirror_knots
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map

HAIRLINE_ANGLES = torch.linspace(-80.0, 80.0, 13)
"""Angles of points 68 to 80, degrees from the top."""


@dataclass(frozen=True)
class Style:
    """A hair style; lists run from the top of the head to the chin in steps of 15 degrees.

    Attributes:
        inset: How far the hairline lies inside the head's outline.
        outset: How far the hair's outer edge lies outside it; below -inset there is no hair.
        curl: Share of curls in the outer edge and the strands.
        drape: 0 strands stand away from the head, 1 they fall over it.
        density: Opacity.
    """

    inset: tuple[float, ...]
    outset: tuple[float, ...]
    curl: float = 0.04
    drape: float = 0.2
    density: float = 1.0


_TOP = (0.135, 0.13, 0.112, 0.083, 0.056, 0.036)
_SIDE_SHORT = (0.024, 0.006, -0.03, -0.1, -0.1, -0.1, -0.1)
_SIDE_LONG = (0.026, 0.024, 0.02, 0.012, 0.0, -0.2, -0.3)
_OUT_SHORT = (0.014, -0.004, -0.01, -0.02, -0.02, -0.02, -0.02)

STYLES = (
    Style(_TOP + _SIDE_SHORT, (0.042, 0.042, 0.04, 0.036, 0.03, 0.024) + _OUT_SHORT),
    Style(
        (0.135, 0.13, 0.11, 0.078, 0.05, 0.032) + _SIDE_SHORT,
        (0.006, 0.006, 0.006, 0.006, 0.006, 0.006, 0.004, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        curl=0.0, density=0.72,
    ),
    Style(
        (0.10, 0.085, 0.055, 0.05, 0.046, 0.034) + _SIDE_SHORT,
        (0.024, 0.024, 0.024, 0.024, 0.022, 0.02) + _OUT_SHORT, density=0.9,
    ),
    Style(_TOP + _SIDE_SHORT, (0.075, 0.072, 0.066, 0.055, 0.042, 0.03) + _OUT_SHORT, curl=0.55),
    Style(
        (0.20, 0.19, 0.155, 0.105, 0.064, 0.038) + _SIDE_SHORT,
        (0.045, 0.045, 0.045, 0.045, 0.042, 0.036) + _OUT_SHORT, drape=0.75,
    ),
    Style(
        (-0.1, -0.1, -0.1, -0.1, 0.0, 0.012, 0.012, 0.0, -0.03, -0.1, -0.1, -0.1, -0.1),
        (-0.1, -0.1, -0.1, -0.05, 0.0, 0.008, 0.008, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        density=0.75,
    ),
    Style(
        (-0.1,) * 13, (-0.1,) * 13,
    ),
    Style(
        _TOP + _SIDE_LONG,
        (0.05, 0.053, 0.058, 0.063, 0.068, 0.072, 0.078, 0.088, 0.105, 0.13, 0.15, 0.12, 0.1),
        drape=1.0,
    ),
    Style(
        (0.20, 0.192, 0.165, 0.118, 0.076, 0.05, 0.04, 0.034, 0.026, 0.016, 0.0, -0.2, -0.3),
        (0.05, 0.053, 0.056, 0.06, 0.064, 0.068, 0.072, 0.08, 0.09, 0.1, 0.11, 0.1, 0.1),
        drape=1.0,
    ),
    Style(
        _TOP + (0.026, 0.026, 0.024, 0.012, -0.06, -0.2, -0.3),
        (0.056, 0.058, 0.062, 0.068, 0.074, 0.08, 0.086, 0.092, 0.094, 0.07, 0.0, -0.05, -0.1),
        drape=0.95,
    ),
    Style(
        _TOP + _SIDE_LONG,
        (0.085, 0.088, 0.094, 0.1, 0.106, 0.11, 0.115, 0.122, 0.13, 0.14, 0.13, 0.1, 0.05),
        curl=1.0, drape=0.7,
    ),
    Style(
        (0.125, 0.12, 0.104, 0.078, 0.054, 0.036) + _SIDE_SHORT,
        (0.022, 0.022, 0.022, 0.022, 0.02, 0.018, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        drape=0.0,
    ),
    Style(
        _TOP + _SIDE_SHORT,
        (0.115, 0.115, 0.113, 0.11, 0.104, 0.094, 0.078, 0.05, 0.0, -0.05, -0.1, -0.1, -0.1),
        curl=1.0, drape=0.1,
    ),
)  # fmt: skip
MALE = (0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 12, 0, 3)
FEMALE = (7, 7, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 7, 3, 10)


@dataclass(frozen=True)
class Hair:
    """The hair of N heads: outlines as knots (N, 24), numbers as (N, 1, 1)."""

    style: Tensor
    inner: Tensor
    outer: Tensor
    curl: Tensor
    drape: Tensor
    density: Tensor

    @classmethod
    def from_parameters(cls, parameters: FaceParameters, head: Head) -> Hair:
        """Cut the hair of each person."""
        person, shot = parameters.person, parameters.shot
        which = (torch.from_numpy(person.hair_style) * len(MALE)).long().clamp(max=len(MALE) - 1)
        is_female = torch.from_numpy(person.femininity) > 0.5
        style = torch.where(is_female, torch.tensor(FEMALE)[which], torch.tensor(MALE)[which])
        inset = mirror_knots(torch.tensor([s.inset for s in STYLES]))[style]
        outset = mirror_knots(torch.tensor([s.outset for s in STYLES]))[style]
        volume = 1.0 + 0.16 * as_map(person.hair_volume)[:, 0] + 0.07 * as_map(shot.hair_lift)[:, 0]
        outset = torch.where(outset > 0, outset * volume, outset)
        part = as_map(person.hair_parting)[:, 0] + 0.25 * as_map(shot.hair_sweep)[:, 0]
        sweep = 0.014 * part * torch.sin(outline.KNOT_ANGLES * 2.0) * outline.bump(20, 30)
        forehead = 0.012 * as_map(person.hairline)[:, 0] * outline.bump(0, 55)
        rough = torch.from_numpy(draw_unit(parameters.shot_keys, "locks", (24,))).float() - 0.5
        has_hair = (inset > 0.03).float()
        inset = inset + (sweep - forehead + 0.012 * rough) * has_hair
        rows = torch.tensor([(s.curl, s.drape, s.density) for s in STYLES])[style]
        curl = (rows[:, 0, None] + 0.3 * as_map(person.hair_wave)[:, 0] ** 2).clamp(max=1.0)
        return cls(
            style=style,
            inner=head.knots - inset,
            outer=head.knots + outset,
            curl=curl[:, :, None],
            drape=rows[:, 1, None, None],
            density=rows[:, 2, None, None],
        )

    def points(self, head: Head) -> Tensor:
        """Return points 68 to 80 on the hairline, or on the bald head's edge, (N, 13, 2)."""
        return head.trace(torch.minimum(self.inner, head.knots), HAIRLINE_ANGLES)
