"""Draws the hole of each face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fcsrlib.data.alignment import resize_points
from fcsrlib.data.sample import Sample
from fcsrlib.degradation.facial_holes import FACIAL_PARTS, check_parts, facial_part
from fcsrlib.degradation.holes import (
    Mask,
    centred_quarter,
    check_area,
    random_quarter,
    rectangle,
    strokes,
)
from fcsrlib.errors import ConfigError
from fcsrlib.registry import TRANSFORMS

HOLE_KINDS = ("rectangle", "strokes", "parts", "centred_quarter", "random_quarter")


@TRANSFORMS.register_module()
class DrawHole:
    """Adds a ``hole_mask``, uint8 (side, side), 1 = missing, at the low resolution.

    Args:
        side: Side of the low-resolution face: 128 / scale.
        kinds: Names out of ``rectangle``, ``strokes``, ``parts``, ``centred_quarter`` and
            ``random_quarter``, equally likely, or a dict from name to weight.
        area: Smallest and largest share of the image that rectangles and strokes hide.
        parts: Parts of the face that ``parts`` draws from.

    Raises:
        ConfigError: An unknown kind or part, a bad weight, or an impossible area.
    """

    def __init__(
        self,
        side: int,
        kinds: Sequence[str] | Mapping[str, float] = ("rectangle",),
        area: Sequence[float] = (0.05, 0.25),
        parts: Sequence[str] = FACIAL_PARTS,
    ) -> None:
        """Check the kinds and their weights."""
        if side < 2:
            raise ConfigError(f"DrawHole: side is {side}; expected at least 2.")
        check_area(area, side)
        self.side = side
        self.area = (float(area[0]), float(area[1]))
        self.parts = check_parts(parts)
        self.kinds, self._bounds = _weigh_kinds(kinds)

    def draw(self, sample: Sample, rng: np.random.Generator) -> dict[str, Any]:
        """Return ``kind`` and the ``hole_mask`` itself.

        Raises:
            DataError: ``parts`` needs 81 or 68 landmarks.
        """
        kind = self.kinds[int(np.searchsorted(self._bounds, rng.random(), side="right"))]
        return {"kind": kind, "hole_mask": self._make_hole(kind, sample, rng)}

    def apply(self, sample: Sample, draw: dict[str, Any]) -> Sample:
        """Add the mask as drawn."""
        return {**sample, "hole_mask": draw["hole_mask"]}

    def _make_hole(self, kind: str, sample: Sample, rng: np.random.Generator) -> Mask:
        if kind == "rectangle":
            return rectangle(rng, self.side, self.area)
        if kind == "strokes":
            return strokes(rng, self.side, self.area)
        if kind == "random_quarter":
            return random_quarter(rng, self.side)
        if kind == "centred_quarter":
            return centred_quarter(self.side)
        hr_side = sample["hr_target"].shape[0]
        landmarks = resize_points(sample["landmarks"], hr_side, self.side)
        return facial_part(rng, self.side, landmarks, self.parts)


def _weigh_kinds(
    kinds: Sequence[str] | Mapping[str, float],
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the kinds and, for each, the upper end of its part of [0, 1)."""
    if isinstance(kinds, str):
        kinds = (kinds,)
    weights = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, 1.0)
    unknown = [kind for kind in weights if kind not in HOLE_KINDS]
    if unknown or not weights:
        raise ConfigError(
            f"DrawHole: kinds is {list(weights)}; expected some of {', '.join(HOLE_KINDS)}."
        )
    if min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ConfigError(
            f"DrawHole: weights are {weights}; expected at least 0 each and more than 0 in all."
        )
    bounds = np.cumsum(list(weights.values())) / sum(weights.values())
    bounds[-1] = 1.0
    return tuple(weights), bounds
