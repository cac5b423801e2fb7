"""Hole conditions: data that, with a face and a seed, give the face's hole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fcsrlib.data.sample import Sample
from fcsrlib.degradation import DrawHole, grid_block
from fcsrlib.degradation.holes import Mask
from fcsrlib.errors import ConfigError

COARSEST_SCALE = 8


@dataclass(frozen=True)
class Condition:
    """One column of a protocol: where every face is hidden.

    Attributes:
        name: Key in the results, and part of file names.
        label: What tables and plots call it.
        hole: ``kind`` and its arguments. ``grid_block`` (``rows``, ``cols``, ``index``) and
            ``centred_square`` (``eighths`` of the side) are the same for all faces, as is
            ``nothing``; any other kind is one of :class:`fcsrlib.degradation.DrawHole`, with its
            arguments.
    """

    name: str
    label: str
    hole: Mapping[str, Any]

    @property
    def is_fixed(self) -> bool:
        """Whether all faces have the same hole."""
        return self.hole["kind"] in _FIXED

    @property
    def follows_landmarks(self) -> bool:
        """Whether the hole is laid over landmarks, or over their mean place where unknown."""
        return bool(self.hole["kind"] == "parts")


def make_mask(
    condition: Condition,
    side: int,
    hr_side: int,
    sample: Sample,
    seed: int,
    index: int,
    draw: int = 0,
) -> Mask:
    """Return the hole of one face, uint8 (side, side), 1 = missing.

    A drawn hole is drawn on the grid of the coarsest scale, x8, and enlarged to ``side``, so that
    networks of every scale restore the same hidden part of a face.

    Args:
        condition: Which hole.
        side: Side of the mask: that of the low-resolution face.
        hr_side: Side of the restored face.
        sample: The face; some kinds read its landmarks.
        seed: Seed of the draws.
        index: Number of the face.
        draw: Number of the hole, where one face gets several.

    Raises:
        ConfigError: ``side`` cannot have this hole.
    """
    options = {key: value for key, value in condition.hole.items() if key != "kind"}
    kind = condition.hole["kind"]
    if kind in _FIXED:
        return _FIXED[kind](side, **options)
    coarse = hr_side // COARSEST_SCALE
    drawn_side = coarse if side % max(coarse, 1) == 0 else side
    rng = np.random.default_rng([seed, index, draw] if draw else [seed, index])
    mask = DrawHole(drawn_side, kinds=(kind,), **options).draw(sample, rng)["hole_mask"]
    repeat = side // drawn_side
    return np.ascontiguousarray(mask.repeat(repeat, 0).repeat(repeat, 1))


def make_grid(rows: int, cols: int) -> tuple[Condition, ...]:
    """Return the conditions that hide each block of a grid in turn, numbered as the paper does."""
    return tuple(
        Condition(
            f"block-{index + 1}",
            f"Blk-{index + 1}",
            {"kind": "grid_block", "rows": rows, "cols": cols, "index": index},
        )
        for index in range(rows * cols)
    )


def centred_square(side: int, eighths: int) -> Mask:
    """Hide the central square of ``eighths`` / 8 of the side.

    Raises:
        ConfigError: The side is not a multiple of 8 pixels.
    """
    if side % 8:
        raise ConfigError(f"the low-resolution side is {side} px; expected a multiple of 8 px.")
    hidden = side * eighths // 8
    start = (side - hidden) // 2
    mask = np.zeros((side, side), np.uint8)
    mask[start : start + hidden, start : start + hidden] = 1
    return mask


def _hide_nothing(side: int) -> Mask:
    return np.zeros((side, side), np.uint8)


def _hide_block(side: int, rows: int, cols: int, index: int) -> Mask:
    if side < max(rows, cols):
        raise ConfigError(
            f"the low-resolution side is {side} px; a {rows}x{cols} grid needs at least "
            f"{max(rows, cols)} px."
        )
    return grid_block(side, rows, cols, index)


_FIXED: Mapping[str, Callable[..., Mask]] = {
    "grid_block": _hide_block,
    "centred_square": centred_square,
    "nothing": _hide_nothing,
}
