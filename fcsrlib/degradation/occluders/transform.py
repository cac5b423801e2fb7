"""Draws things in front of faces, and says where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fcsrlib.data.sample import Sample
from fcsrlib.degradation.occluders.block import draw_block
from fcsrlib.degradation.occluders.canvas import Canvas
from fcsrlib.degradation.occluders.compositing import compress, lay_over
from fcsrlib.degradation.occluders.face_frame import FaceFrame, find_frame
from fcsrlib.degradation.occluders.face_mask import draw_face_mask
from fcsrlib.degradation.occluders.hand import draw_hand
from fcsrlib.degradation.occluders.scarf import draw_scarf
from fcsrlib.degradation.occluders.sunglasses import draw_sunglasses
from fcsrlib.errors import ConfigError
from fcsrlib.registry import TRANSFORMS

Painter = Callable[[np.random.Generator, FaceFrame, Canvas], None]

PAINTERS: Mapping[str, Painter] = {
    "face_mask": draw_face_mask,
    "scarf": draw_scarf,
    "hand": draw_hand,
    "sunglasses": draw_sunglasses,
    "block": draw_block,
}
OCCLUDER_KINDS = tuple(PAINTERS)
"""What :class:`DrawOccluder` can draw."""

_JITTER = 0.04
_QUALITIES = (35, 96)


@TRANSFORMS.register_module()
class DrawOccluder:
    """Draws occluders over ``hr_target`` and adds ``occluder_mask``, uint8 (S, S), 1 = covered.

    They are placed by the landmarks, or, where those are unknown, by the mean aligned face. What a
    photograph shows of its own (glasses, beards, hair, caps) is not marked. A sample that already
    has an ``occluder_mask`` is left as it is: its occluder is real.

    Args:
        kinds: Names out of :data:`OCCLUDER_KINDS`, equally likely, or a dict from name to weight.
        probability: Share of samples that get an occluder; the mask of the others is 0.
        second: Share of those that get another one behind it.
        compression: Share of all samples, covered or not, that are compressed as JPEG afterwards.

    Raises:
        ConfigError: An unknown kind, a bad weight, or a share outside [0, 1].
    """

    def __init__(
        self,
        kinds: Sequence[str] | Mapping[str, float] = OCCLUDER_KINDS,
        probability: float = 0.85,
        second: float = 0.1,
        compression: float = 0.4,
    ) -> None:
        """Check the kinds and the shares."""
        for name, share in dict(
            probability=probability, second=second, compression=compression
        ).items():
            if not 0 <= share <= 1:
                raise ConfigError(f"DrawOccluder: {name} is {share}; expected 0 to 1.")
        self.kinds, self.shares = _weigh(kinds)
        self.probability = probability
        self.second = second
        self.compression = compression

    def draw(self, sample: Sample, rng: np.random.Generator) -> dict[str, Any]:
        """Return ``kinds`` from back to front, JPEG ``quality`` or None, and a ``seed``."""
        count = int(rng.random() < self.probability)
        count += int(count and rng.random() < self.second)
        kinds = rng.choice(self.kinds, count, p=self.shares).tolist()
        is_compressed = rng.random() < self.compression
        quality = int(rng.integers(*_QUALITIES)) if is_compressed else None
        return {"kinds": kinds, "quality": quality, "seed": int(rng.integers(2**62))}

    def apply(self, sample: Sample, draw: dict[str, Any]) -> Sample:
        """Paint as drawn."""
        if "occluder_mask" in sample:
            return sample
        image = sample["hr_target"]
        side = image.shape[0]
        covered = np.zeros((side, side), np.uint8)
        rng = np.random.default_rng(draw["seed"])
        frame = find_frame(sample["landmarks"], side)
        for kind in draw["kinds"]:
            canvas = Canvas(side, _find_skin(image, frame))
            PAINTERS[kind](rng, frame.jitter(rng, _JITTER), canvas)
            image, own = lay_over(rng, image, canvas)
            covered |= own
        if draw["quality"] is not None:
            image = compress(image, draw["quality"])
        return {**sample, "hr_target": image, "occluder_mask": covered}


def _find_skin(image: np.ndarray, frame: FaceFrame) -> np.ndarray:
    """Return the colour of the cheeks and the nose, (3,), lighter than black."""
    places = frame.at([(-0.6, 0.6), (0.6, 0.6), (0, 0.5)]).round().astype(int)
    columns, rows = places.clip(0, image.shape[0] - 1).T
    return np.maximum(image[rows, columns].mean(0), 40)


def _weigh(kinds: Sequence[str] | Mapping[str, float]) -> tuple[list[str], np.ndarray]:
    """Return the kinds and their shares, which sum to 1."""
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    weights = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, 1.0)
    unknown = [kind for kind in weights if kind not in PAINTERS]
    if unknown or not weights:
        raise ConfigError(
            f"DrawOccluder: kinds is {list(weights)}; expected some of {', '.join(PAINTERS)}."
        )
    values = np.array(list(weights.values()), np.float64)
    if values.min() < 0 or values.sum() <= 0:
        raise ConfigError(
            f"DrawOccluder: weights are {weights}; expected at least 0 each and more than 0 in all."
        )
    return list(weights), values / values.sum()
