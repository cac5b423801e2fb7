"""Beard, moustache and stubble: hair over the lower face, which still counts as skin."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import Canvas, smoothstep
from fcsrlib.data.synthetic.mouth import Mouth
from fcsrlib.data.synthetic.noise import draw_texture
from fcsrlib.data.synthetic.nose import Nose
from fcsrlib.data.synthetic.palette import hair_colour, skin_colour
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map

SHARE_FULL, SHARE_GOATEE, SHARE_MOUSTACHE = 0.2, 0.3, 0.4
"""Cumulative shares among men of full beards, goatees and lone moustaches."""


def has_beard(parameters: FaceParameters) -> Tensor:
    """Say which faces wear a full beard, a goatee or a moustache, bool (N,)."""
    person = parameters.person
    is_man = torch.from_numpy(person.femininity) < 0.45
    return is_man & (torch.from_numpy(person.beard_style) < SHARE_MOUSTACHE)


def paint_beard(
    canvas: Canvas, mouth: Mouth, nose: Nose, parameters: FaceParameters, distance: Tensor
) -> None:
    """Paint facial hair over the skin, before the lips.

    Args:
        canvas: Layers to paint on.
        mouth: Beards leave it free.
        nose: Moustaches end below it.
        parameters: The faces.
        distance: Signed distance to the head's outline, (N, S, S).
    """
    window = canvas.window(-0.3, 0.03, 0.3, 0.48)
    x, y = canvas.x[window] - mouth.x, canvas.y[window]
    frizz = draw_texture(parameters.shot_keys, "beard", 120, canvas.side, window)
    style = as_map(parameters.person.beard_style)
    is_man = (as_map(parameters.person.femininity) < 0.45).float()
    ragged = 0.006 * frizz
    cheek = mouth.y - 0.004 - 0.9 * (x.abs() - 0.09).clamp(min=0.0)
    jaw = smoothstep(y - cheek + ragged, -0.012, 0.03)
    lip = _moustache(x, y, mouth, nose, ragged)
    full = torch.maximum(jaw, lip)
    chin = smoothstep(0.088 - x.abs() + ragged, -0.01, 0.022) * jaw
    goatee = torch.maximum(chin, lip)
    kind = torch.where(style < SHARE_GOATEE, goatee, lip)
    kind = torch.where(style < SHARE_FULL, full, kind) * (style < SHARE_MOUSTACHE)
    inside = canvas.cover(distance[window], 0.004) * is_man
    stubble = full * (0.1 + 0.42 * as_map(parameters.shot.stubble) ** 2)
    skin, hair = skin_colour(parameters), hair_colour(parameters)
    gray = skin * 0.35 * torch.tensor([0.9, 1.0, 1.05]).view(1, 3, 1, 1)
    canvas.paint(window, stubble * inside * (0.9 + 0.25 * frizz).clamp(0, 1), gray)
    tone = (0.58 + 0.17 * frizz).clamp(min=0.1)
    canvas.paint(
        window, (kind * inside * (0.86 + 0.1 * frizz)).clamp(0, 0.95), hair * tone[:, None]
    )


def _moustache(x: Tensor, y: Tensor, mouth: Mouth, nose: Nose, ragged: Tensor) -> Tensor:
    wide = smoothstep(1.25 * mouth.half_width - x.abs() + ragged, -0.01, 0.025)
    top = nose.length + 0.006 + 0.35 * x.abs()
    band = smoothstep(y - top + ragged, 0.0, 0.018)
    return wide * band * smoothstep(mouth.y + 0.06 - y, 0.0, 0.03)
