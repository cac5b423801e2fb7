"""Turns faces by a random angle."""

from __future__ import annotations

import numpy as np

from fcsrlib.data.sample import Sample, change_occluder
from fcsrlib.data.similarity import (
    make_rotation,
    move_image,
    move_labels,
    move_mask,
    move_points,
)
from fcsrlib.data.transforms import Draw
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRotation:
    """Turns the face about the image's centre, by an angle uniform in both directions.

    What comes in from outside repeats the image's border and is unknown in the label map. Put it
    before the crop, which takes most of that away.

    Args:
        max_degrees: Largest angle, 0 to 180.

    Raises:
        ConfigError: An angle outside [0, 180].
    """

    def __init__(self, max_degrees: float = 15.0) -> None:
        """Set the largest angle."""
        if not 0 <= max_degrees <= 180:
            raise ConfigError(f"RandomRotation: max_degrees is {max_degrees}; expected 0 to 180.")
        self.max_degrees = max_degrees

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return ``degrees``, counter-clockwise."""
        return {"degrees": float(rng.uniform(-self.max_degrees, self.max_degrees))}

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Turn image, labels and points.

        Raises:
            DataError: The image is not square.
        """
        height, side = sample["hr_target"].shape[:2]
        if height != side:
            raise DataError(f"{sample['name']} is {side}x{height}; expected a square to turn.")
        if draw["degrees"] == 0:
            return sample
        matrix = make_rotation(draw["degrees"], side)
        return {
            **sample,
            "hr_target": move_image(sample["hr_target"], matrix, side),
            "landmarks": move_points(sample["landmarks"], matrix),
            "parsing": move_labels(sample["parsing"], matrix, side),
            **change_occluder(sample, lambda mask: move_mask(mask, matrix, side)),
        }
