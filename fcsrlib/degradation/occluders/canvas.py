"""The layer that occluders are painted on: colour and coverage at twice the size, and shading."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float32]
Colour = NDArray[Any]

FINENESS = 2
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


class Canvas:
    """A layer over a face of one side; shapes are given in pixels of the face.

    Attributes:
        side: S, in pixels.
        skin: RGB of the face below, (3,) in [0, 255]: hands are often the person's own.
        colour: RGB at :data:`FINENESS` times the side, uint8 (2S, 2S, 3); means nothing where
            nothing covers.
        coverage: Opacity, uint8 (2S, 2S).
        shade: Factor of the colour, float32 (S, S).
        depth: How far above the face it lies, in pixels: what its shadow goes by.
    """

    def __init__(self, side: int, skin: Colour) -> None:
        """Start an empty layer."""
        self.skin = skin
        fine = side * FINENESS
        self.side = side
        self.colour = np.zeros((fine, fine, 3), np.uint8)
        self.coverage = np.zeros((fine, fine), np.uint8)
        self.shade = np.ones((side, side), np.float32)
        self.depth = side / 64

    def fill(self, outline: Points, paint: Colour | Image, opacity: float = 1.0) -> None:
        """Fill a polygon (P, 2) with a colour (3,) or a texture (S, S, 3)."""
        if paint.ndim == 1:
            cv2.fillPoly(self.colour, [_fix(outline)], _to_scalar(paint), shift=_SHIFT)
        else:
            inside = np.zeros_like(self.coverage)
            cv2.fillPoly(inside, [_fix(outline)], 1, shift=_SHIFT)
            fine = cv2.resize(paint, inside.shape[::-1], interpolation=cv2.INTER_LINEAR)
            cv2.copyTo(fine, inside, self.colour)
        cv2.fillPoly(self.coverage, [_fix(outline)], round(255 * opacity), shift=_SHIFT)

    def stroke(
        self, line: Points, colour: Colour, width_px: float, *, closed: bool = False
    ) -> None:
        """Draw an opaque line (P, 2) with round ends."""
        width = max(round(width_px * FINENESS), 1)
        for layer, value in ((self.colour, _to_scalar(colour)), (self.coverage, (255,))):
            cv2.polylines(layer, [_fix(line)], closed, value, width, cv2.LINE_8, _SHIFT)

    def mark(
        self, lines: list[Points], colour: Colour, width_px: float, *, closed: bool = False
    ) -> None:
        """Draw lines into the colour alone: seams, prints, stitches."""
        width = max(round(width_px * FINENESS), 1)
        fixed = [_fix(line) for line in lines]
        cv2.polylines(self.colour, fixed, closed, _to_scalar(colour), width, cv2.LINE_8, _SHIFT)

    def print_polygon(self, outline: Points, colour: Colour) -> None:
        """Fill a polygon in the colour alone."""
        cv2.fillPoly(self.colour, [_fix(outline)], _to_scalar(colour), shift=_SHIFT)

    def crease(self, lines: list[Points], width_px: float, strength: float) -> None:
        """Shade folds: darker along the lines, lighter just below them."""
        relief = np.zeros((self.side, self.side), np.uint8)
        width = max(round(width_px), 1)
        fixed = [_fix(line, 1) for line in lines]
        cv2.polylines(relief, fixed, False, 128, width, cv2.LINE_AA, _SHIFT)
        soft = cv2.GaussianBlur(relief, (0, 0), 0.3 + 0.4 * width_px).astype(np.float32) / 128
        self.shade *= 1 + strength * (0.6 * shift(soft, 0, width_px + 1) - soft)

    def warm(self, shading: NDArray[np.floating]) -> None:
        """Multiply the shading by (S, S)."""
        self.shade *= np.asarray(shading, np.float32)

    def round_edges(self, radius_px: float, strength: float) -> None:
        """Darken towards the edges of what is covered, as of something round."""
        covered = cv2.resize(self.coverage, (self.side,) * 2, interpolation=cv2.INTER_AREA)
        inwards = cv2.distanceTransform(covered, cv2.DIST_L2, 3) / np.float32(radius_px)
        self.warm(1 - strength * (1 - np.minimum(inwards, 1)) ** 2)

    def flatten(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the shaded colour, (S, S, 3) from 0 to about 255, and the opacity, (S, S) to 1.

        The colour of an edge pixel is the mean of its covered parts alone.
        """
        size = (self.side, self.side)
        is_inside = cv2.threshold(self.coverage, 0, 255, cv2.THRESH_BINARY)[1]
        kept = cv2.copyTo(self.colour, is_inside)
        colour, opacity, share = (
            cv2.resize(layer, size, interpolation=cv2.INTER_AREA).astype(np.float32)
            for layer in (kept, self.coverage, is_inside)
        )
        factor = (self.shade * (255 / np.maximum(share, 1))).astype(np.float32)
        return colour * cv2.merge([factor] * 3), opacity / np.float32(255)


def shift(values: NDArray[Any], right_px: float, down_px: float) -> NDArray[np.float32]:
    """Return (S, S) moved; what comes in repeats the border."""
    matrix = np.array([[1, 0, right_px], [0, 1, down_px]], np.float64)
    moved = cv2.warpAffine(values, matrix, values.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _fix(points: Points, fineness: int = FINENESS) -> NDArray[np.int32]:
    """Return points in fixed point on a layer that is ``fineness`` times as large."""
    scaled = (np.asarray(points, np.float64) + 0.5) * fineness - 0.5
    return np.round(scaled * 2**_SHIFT).astype(np.int32)


def _to_scalar(colour: Colour) -> tuple[float, ...]:
    return tuple(float(value) for value in np.clip(colour, 0, 255))
