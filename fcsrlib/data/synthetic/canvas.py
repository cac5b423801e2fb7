"""The layers that painters work on, and the antialiased coverage they paint with."""

from __future__ import annotations

from types import EllipsisType

import torch
from torch import Tensor

Window = tuple[EllipsisType, slice, slice]
"""Rows and columns of a layer, whatever stands before them."""

WHOLE: Window = (..., slice(None), slice(None))


class Canvas:
    """Layers of N faces of one side, painted back to front.

    Attributes:
        side: S, in pixels.
        x: Face-frame abscissa of each pixel centre, (N, S, S); origin between the eyes.
        y: Face-frame ordinate, downwards, (N, S, S).
        albedo: Linear RGB reflectance, (N, 3, S, S).
        light: Linear RGB irradiance that multiplies the reflectance, (N, 3, S, S).
        gloss: Linear light that is added on top, (N, 1, S, S).
        parsing: Class of the topmost part, uint8 (N, S, S).
        pixel: Side of a pixel in the face frame, (N, 1, 1).
    """

    def __init__(self, x: Tensor, y: Tensor, pixel: Tensor) -> None:
        """Start empty layers on the coordinates of each pixel."""
        num_faces, self.side, _ = x.shape
        self.x, self.y, self.pixel = x, y, pixel
        shape = (num_faces, 3, self.side, self.side)
        self.albedo = torch.zeros(shape)
        self.light = torch.ones(shape)
        self.gloss = torch.zeros(num_faces, 1, self.side, self.side)
        self.parsing = torch.zeros(num_faces, self.side, self.side, dtype=torch.uint8)

    def cover(self, distance: Tensor, softness: float | Tensor = 0.0) -> Tensor:
        """Return coverage in [0, 1] from a signed distance in the face frame, negative inside."""
        return (0.5 - distance / (self.pixel + softness)).clamp_(0.0, 1.0)

    def window(self, left: Tensor, top: Tensor, right: Tensor, bottom: Tensor) -> Window:
        """Return the smallest pixel window that holds a face-frame box of every face.

        The box sides are (N, 1, 1). One window serves the whole block, because the faces are
        aligned: it costs little and keeps the painters free of loops.
        """
        corners = torch.stack([left, right]).flatten(1)
        inside_x = (self.x >= corners[0].view(-1, 1, 1)) & (self.x <= corners[1].view(-1, 1, 1))
        inside_y = (self.y >= top.view(-1, 1, 1)) & (self.y <= bottom.view(-1, 1, 1))
        inside = (inside_x & inside_y).any(0)
        return ..., _span(inside.any(1)), _span(inside.any(0))

    def paint(self, window: Window, coverage: Tensor, colour: Tensor) -> None:
        """Blend ``colour`` (N, 3, h, w or 1, 1) over the albedo by ``coverage`` (N, h, w)."""
        self.albedo[window].lerp_(*torch.broadcast_tensors(colour, coverage[:, None]))

    def label(self, window: Window, coverage: Tensor, part: int) -> None:
        """Name the pixels that are covered by more than half."""
        self.parsing[window].masked_fill_(coverage > 0.5, part)


def _span(used: Tensor) -> slice:
    found = torch.nonzero(used)
    if len(found) == 0:
        return slice(0, 1)
    return slice(int(found[0]), int(found[-1]) + 1)


def smoothstep(value: Tensor, low: float | Tensor, high: float | Tensor) -> Tensor:
    """Return 0 below ``low``, 1 above ``high`` and a smooth ramp between."""
    ramp = ((value - low) / (high - low)).clamp_(0.0, 1.0)
    return ramp * ramp * (3.0 - 2.0 * ramp)


def bell(value: Tensor, centre: float | Tensor, width: float | Tensor) -> Tensor:
    """Return the Gaussian bell of height 1 around ``centre``."""
    return torch.exp(-(((value - centre) / width) ** 2))
