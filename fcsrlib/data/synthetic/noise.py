"""Smooth random textures that look the same at every image side."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from fcsrlib.data.synthetic.draws import Keys, draw_unit


def draw_lattice(keys: Keys, name: str, channels: int, cells: int) -> Tensor:
    """Return values in [-1, 1] on a lattice, (N, channels, cells, cells)."""
    unit = draw_unit(keys, name, (channels, cells, cells))
    return torch.from_numpy(unit * 2.0 - 1.0).float()


def draw_texture(keys: Keys, name: str, cells: int, side: int, channels: int = 1) -> Tensor:
    """Return smooth noise over the image, (N, channels, side, side), about [-1, 1]."""
    lattice = draw_lattice(keys, name, channels, cells)
    if cells > side:
        return F.interpolate(lattice, size=(side, side), mode="area")
    return F.interpolate(lattice, size=(side, side), mode="bicubic", align_corners=False)


def draw_strands(keys: Keys, name: str, cells: int, channels: int = 1) -> Tensor:
    """Return a periodic table of independent values in [-1, 1], (N, channels, cells)."""
    return torch.from_numpy(draw_unit(keys, name, (channels, cells)) * 2.0 - 1.0).float()
