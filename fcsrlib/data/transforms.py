"""Changes of a training sample, each split into a random draw and a deterministic effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

from fcsrlib.data.alignment import (
    crop_points,
    crop_square,
    find_central_square,
    mirror_image,
    mirror_labels,
    mirror_points,
)
from fcsrlib.data.landmarks import mirror_label_swaps, mirror_permutation
from fcsrlib.data.sample import FACE_SIDE, Sample, change_occluder
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import TRANSFORMS

Draw = dict[str, Any]

_GRAY = np.array([0.299, 0.587, 0.114], np.float32)


@runtime_checkable
class Transform(Protocol):
    """What a pipeline is made of."""

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return everything random about the change of ``sample``, and change nothing."""

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Return the changed sample; equal for equal draws, ``sample`` itself is kept."""


@TRANSFORMS.register_module()
class Compose:
    """Transforms one after another, each drawn on what the former ones left.

    Args:
        transforms: Configs or objects.
    """

    def __init__(self, transforms: Sequence[dict[str, Any] | Transform]) -> None:
        """Build the transforms."""
        self.transforms: list[Transform] = [
            TRANSFORMS.build(one) if isinstance(one, dict) else one for one in transforms
        ]

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Draw and apply in one go, without keeping the draws."""
        for transform in self.transforms:
            sample = transform.apply(sample, transform.draw(sample, rng))
        return sample

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return ``draws``, one for each transform."""
        draws = []
        for transform in self.transforms:
            draws.append(transform.draw(sample, rng))
            sample = transform.apply(sample, draws[-1])
        return {"draws": draws}

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Apply the transforms as drawn."""
        for transform, one in zip(self.transforms, draw["draws"], strict=True):
            sample = transform.apply(sample, one)
        return sample


@TRANSFORMS.register_module()
class RandomCrop:
    """A square anywhere in the face (Sec. 4.2: 128 out of 144).

    Args:
        side: Side of the crop in pixels.
    """

    def __init__(self, side: int = FACE_SIDE) -> None:
        """Set the side."""
        self.side = _check_side(side)

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return ``left`` and ``top``, uniform.

        Raises:
            DataError: The image is smaller than the crop.
        """
        height, width = _check_fits(sample, self.side)
        return {
            "left": int(rng.integers(width - self.side + 1)),
            "top": int(rng.integers(height - self.side + 1)),
        }

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Cut image, labels and points."""
        return _crop_sample(sample, draw["left"], draw["top"], self.side)


@TRANSFORMS.register_module()
class CentreCrop:
    """The central square of the face, as evaluation uses it.

    Args:
        side: Side of the crop in pixels.
    """

    def __init__(self, side: int = FACE_SIDE) -> None:
        """Set the side."""
        self.side = _check_side(side)

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return nothing: there is no choice."""
        return {}

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Cut image, labels and points.

        Raises:
            DataError: The image is smaller than the crop.
        """
        left, top = find_central_square(*_check_fits(sample, self.side), self.side)
        return _crop_sample(sample, left, top, self.side)


@TRANSFORMS.register_module()
class RandomMirror:
    """Exchanges left and right, of the picture and of the landmarks' and labels' meanings.

    Args:
        probability: Share of samples that are mirrored.
        num_classes: Classes of the label maps, 11 or 19.

    Raises:
        ConfigError: A probability outside [0, 1] or an unknown number of classes.
    """

    def __init__(self, probability: float = 0.5, num_classes: int = 11) -> None:
        """Set the probability and the pairs of labels."""
        if not 0 <= probability <= 1:
            raise ConfigError(f"RandomMirror: probability is {probability}; expected 0 to 1.")
        self.probability = probability
        self.label_swaps = mirror_label_swaps(num_classes)

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return ``mirror``, whether to."""
        return {"mirror": bool(rng.random() < self.probability)}

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Mirror the sample if so drawn; to be done before a hole is drawn.

        Raises:
            ConfigError: Landmarks of a scheme whose mirroring is not known.
        """
        if not draw["mirror"]:
            return sample
        landmarks, width = sample["landmarks"], sample["hr_target"].shape[1]
        return {
            **sample,
            "hr_target": mirror_image(sample["hr_target"]),
            "landmarks": mirror_points(landmarks, width, mirror_permutation(len(landmarks))),
            "parsing": mirror_labels(sample["parsing"], self.label_swaps),
            **change_occluder(sample, mirror_image),
        }


@TRANSFORMS.register_module()
class ColourJitter:
    """Changes brightness, then contrast around the mean gray, then saturation.

    Each factor is uniform in ``[1 - strength, 1 + strength]``; strength 0 changes nothing.

    Args:
        brightness: Strength, 0 to 1.
        contrast: Strength, 0 to 1.
        saturation: Strength, 0 to 1.

    Raises:
        ConfigError: A strength outside [0, 1].
    """

    def __init__(
        self, brightness: float = 0.0, contrast: float = 0.0, saturation: float = 0.0
    ) -> None:
        """Set the strengths."""
        self.strengths = {
            "brightness": brightness,
            "contrast": contrast,
            "saturation": saturation,
        }
        for name, strength in self.strengths.items():
            if not 0 <= strength <= 1:
                raise ConfigError(f"ColourJitter: {name} is {strength}; expected 0 to 1.")

    def draw(self, sample: Sample, rng: np.random.Generator) -> Draw:
        """Return the three factors by name."""
        return {
            name: float(rng.uniform(1 - strength, 1 + strength))
            for name, strength in self.strengths.items()
        }

    def apply(self, sample: Sample, draw: Draw) -> Sample:
        """Change the colours of ``hr_target``, rounded and clipped to 8 bits once."""
        if all(factor == 1 for factor in draw.values()):
            return sample
        image = sample["hr_target"]
        # All three are affine in the colour, so one 3x4 matrix does them in a single pass.
        mean_gray = float(np.dot(image.mean((0, 1)), _GRAY)) * draw["brightness"]
        saturation = draw["saturation"] * np.eye(3) + (1 - draw["saturation"]) * _GRAY
        offset = np.full((3, 1), (1 - draw["contrast"]) * mean_gray)
        matrix = np.hstack([saturation * (draw["contrast"] * draw["brightness"]), offset])
        return {**sample, "hr_target": cv2.transform(np.ascontiguousarray(image), matrix)}


def _check_side(side: int) -> int:
    if side < 1:
        raise ConfigError(f"The side of a crop is {side}; expected at least 1.")
    return side


def _check_fits(sample: Sample, side: int) -> tuple[int, int]:
    height, width = sample["hr_target"].shape[:2]
    if min(height, width) < side:
        raise DataError(
            f"{sample['name']} is {width}x{height}; expected at least {side}x{side} to crop from."
        )
    return height, width


def _crop_sample(sample: Sample, left: int, top: int, side: int) -> Sample:
    return {
        **sample,
        "hr_target": crop_square(sample["hr_target"], left, top, side),
        "landmarks": crop_points(sample["landmarks"], left, top),
        "parsing": crop_square(sample["parsing"], left, top, side),
        **change_occluder(sample, lambda mask: crop_square(mask, left, top, side)),
    }
