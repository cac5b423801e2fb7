"""Colours of skin, hair, irises, lips and cloth, as linear RGB."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.synthetic.draws import draw_unit
from fcsrlib.data.synthetic.parameters import FaceParameters
from fcsrlib.data.synthetic.pose import as_map


def linear(*srgb: tuple[int, int, int]) -> Tensor:
    """Return 8-bit sRGB colours as linear RGB (K, 3)."""
    return (torch.tensor(srgb, dtype=torch.float32) / 255.0) ** 2.2


_SKIN = linear((244, 208, 184), (228, 180, 148), (200, 146, 110), (152, 102, 74), (96, 62, 46))
_HAIR = linear(
    (24, 20, 20), (44, 32, 26), (74, 50, 34), (112, 76, 46), (160, 112, 66), (206, 166, 104),
    (126, 56, 30),
)  # fmt: skip
_DARK_HAIR = 3
_GRAY = linear((172, 170, 168))
_IRIS = linear((52, 32, 20), (84, 54, 30), (116, 90, 42), (84, 112, 70), (74, 118, 160))


def ramp(colours: Tensor, position: Tensor) -> Tensor:
    """Interpolate ``colours`` (K, 3) at ``position`` (N, 1, 1) in [0, 1]: (N, 3, 1, 1)."""
    place = position.flatten().clamp(0.0, 1.0) * (len(colours) - 1)
    below = place.floor().clamp(max=len(colours) - 2).long()
    share = (place - below)[:, None]
    mixed = colours[below] * (1.0 - share) + colours[below + 1] * share
    return mixed[:, :, None, None]


def channels(red: Tensor, green: Tensor, blue: Tensor) -> Tensor:
    """Stack three (N, 1, 1) values to a colour (N, 3, 1, 1)."""
    return torch.stack([red, green, blue], dim=1)


def skin_colour(parameters: FaceParameters) -> Tensor:
    """Return the reflectance of the skin, (N, 3, 1, 1)."""
    person = parameters.person
    tone = ramp(_SKIN, as_map(person.skin_depth) ** 1.25)
    undertone = 0.045 * as_map(person.undertone)
    red = 0.06 * as_map(person.ruddiness)
    return tone * channels(1.0 + undertone, 1.0 - red, 1.0 - red - undertone)


def hair_colour(parameters: FaceParameters) -> Tensor:
    """Return the reflectance of the hair, (N, 3, 1, 1); dark skin goes with dark hair."""
    person = parameters.person
    is_dark = as_map(person.skin_depth) > 0.55
    hue = as_map(person.hair_hue)
    colour = torch.where(
        is_dark[:, None], ramp(_HAIR[:_DARK_HAIR], hue * 0.8), ramp(_HAIR, hue * 1.02)
    )
    colour = colour * (0.75 + 0.5 * as_map(person.hair_shade))[:, None]
    age = as_map(person.age)
    grayness = ((age - 0.76) * 4.0).clamp(0.0, 0.92)
    return colour + (_GRAY[:, :, None, None] - colour) * grayness[:, None]


def iris_colour(parameters: FaceParameters) -> Tensor:
    """Return the reflectance of the iris, (N, 3, 1, 1)."""
    person = parameters.person
    hue = as_map(person.iris_hue) * torch.where(as_map(person.skin_depth) > 0.55, 0.3, 1.0)
    return ramp(_IRIS, hue) * (0.8 + 0.5 * as_map(person.iris_shade))[:, None]


def lip_colour(parameters: FaceParameters) -> Tensor:
    """Return the reflectance of the lips: redder skin, or lipstick."""
    person, shot = parameters.person, parameters.shot
    red = as_map(person.lip_redness)
    natural = skin_colour(parameters) * channels(
        0.82 - 0.06 * red, 0.43 - 0.10 * red, 0.45 - 0.08 * red
    )
    lipstick = torch.tensor([0.42, 0.045, 0.06]).view(1, 3, 1, 1)
    wears = (as_map(person.femininity) > 0.55) * as_map(shot.makeup) ** 2 * 0.75
    return natural + (lipstick - natural) * wears[:, None]


def any_colour(
    parameters: FaceParameters, name: str, low: float, high: float, tint: float
) -> Tensor:
    """Return a free colour of the image with about (low, high), most of them dark.

    ``tint`` in [0, 1] is how far a channel may leave their common value.
    """
    unit = torch.from_numpy(draw_unit(parameters.shot_keys, name, (4,))).float()
    value = low + (high - low) * unit[:, :1] ** 1.5
    hue = 1.0 + tint * (unit[:, 1:] * 2.0 - 1.0)
    return (value * hue).clamp(0.004, 1.0)[:, :, None, None]
