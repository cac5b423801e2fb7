"""Smooth random textures that look the same at every image side."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from fcsrlib.data.synthetic.canvas import WHOLE, Window
from fcsrlib.data.synthetic.draws import Keys, draw_unit


def draw_lattice(keys: Keys, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return independent values in [-1, 1], (N, *shape)."""
    return torch.from_numpy(draw_unit(keys, name, shape) * 2.0 - 1.0).float()


def draw_texture(keys: Keys, name: str, cells: int, side: int, window: Window = WHOLE) -> Tensor:
    """Return smooth noise over a window of the image, (N, h, w), about [-1, 1]."""
    lattice = draw_lattice(keys, name, (cells, cells))
    weights = _spline_weights(cells, side)
    rows = weights[window[1]].expand(len(keys), -1, -1)
    columns = weights[window[2]].T.expand(len(keys), -1, -1)
    # Batched products: their rounding does not depend on the number of faces.
    return torch.bmm(torch.bmm(rows, lattice), columns)


@lru_cache(maxsize=64)
def _spline_weights(cells: int, side: int) -> Tensor:
    """Return the (side, cells) matrix that draws a cubic B-spline through a row of the lattice.

    Below one pixel a cell the spline is as wide as a pixel, so that fine noise fades, not aliases.
    """
    centre = (np.arange(side) + 0.5) * cells / side - 0.5
    stretch = max(1.0, cells / side)
    reach = np.abs(centre[:, None] - np.arange(cells)) / stretch
    near = 2.0 / 3.0 - reach**2 + 0.5 * reach**3
    far = (2.0 - reach).clip(0.0) ** 3 / 6.0
    weights = np.where(reach < 1.0, near, far)
    weights /= np.sqrt((weights**2).sum(1, keepdims=True)) * (stretch / 0.9) ** 0.5
    return torch.from_numpy(weights).float()
