"""The layers that painters work on, and the antialiased coverage they paint with."""

from __future__ import annotations

from types import EllipsisType

import torch
from torch import Tensor

from fcsrlib.data.synthetic.pose import EYES_X, EYES_Y, Pose

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

    def __init__(self, pose: Pose, side: int) -> None:
        """Start empty layers of ``side`` pixels in front of the faces posed by ``pose``."""
        self.side, self.pose = side, pose
        self.x, self.y = pose.pixel_grid(side)
        self.pixel = 1.0 / (side * pose.scale)
        shape = (len(self.x), 3, side, side)
        self.albedo = torch.zeros(shape)
        self.light = torch.ones(shape)
        self.gloss = torch.zeros(len(self.x), 1, side, side)
        self.parsing = torch.zeros(len(self.x), side, side, dtype=torch.uint8)

    def cover(self, distance: Tensor, softness: float | Tensor = 0.0) -> Tensor:
        """Return coverage in [0, 1] from a signed distance in the face frame, negative inside."""
        return (0.5 - distance / (self.pixel + softness)).clamp_(0.0, 1.0)

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """Return the pixels that a face-frame box may touch under any pose.

        One window serves all faces, because they are aligned; and it is the same in every block,
        so that a face's bytes do not depend on the faces beside it.
        """
        x = [
            int((EYES_X + value + sign * slack) * self.side)
            for value, sign, slack in (
                (left, -1, _slack(left, top, bottom)),
                (right, 1, _slack(right, top, bottom)),
            )
        ]
        y = [
            int((EYES_Y + value + sign * slack) * self.side)
            for value, sign, slack in (
                (top, -1, _slack(top, left, right)),
                (bottom, 1, _slack(bottom, left, right)),
            )
        ]
        low_x, high_x, low_y, high_y = (min(max(v, 0), self.side) for v in (*x, *y))
        return ..., slice(low_y, high_y + 1), slice(low_x, high_x + 1)

    def paint(self, window: Window, coverage: Tensor, colour: Tensor) -> None:
        """Blend ``colour`` (N, 3, h, w or 1, 1) over the albedo by ``coverage`` (N, h, w)."""
        self.albedo[window].lerp_(*torch.broadcast_tensors(colour, coverage[:, None]))

    def label(self, window: Window, coverage: Tensor, part: int) -> None:
        """Name the pixels that are covered by more than half."""
        self.parsing[window].masked_fill_(coverage > 0.5, part)


def _slack(value: float, low: float, high: float) -> float:
    """Return how far scale, roll and shift can carry the side ``value`` of a box outwards."""
    return 0.06 * abs(value) + 0.06 * max(abs(low), abs(high)) + 0.012


def smoothstep(value: Tensor, low: float | Tensor, high: float | Tensor) -> Tensor:
    """Return 0 below ``low``, 1 above ``high`` and a smooth ramp between."""
    ramp = ((value - low) / (high - low)).clamp_(0.0, 1.0)
    return ramp * ramp * (3.0 - 2.0 * ramp)


def bell(value: Tensor, centre: float | Tensor, width: float | Tensor) -> Tensor:
    """Return the Gaussian bell of height 1 around ``centre``."""
    return torch.exp(-(((value - centre) / width) ** 2))
