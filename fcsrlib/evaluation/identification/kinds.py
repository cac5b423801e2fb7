"""The kinds of face image that Fig. 11 compares, and how they are made of a face."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.data import pack_faces
from fcsrlib.data.sample import Sample
from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.conditions import Condition, make_mask
from fcsrlib.evaluation.entrant import Entrant, Feed
from fcsrlib.metrics import bicubic_baseline, quantise

HOLE = Condition("quarter", "a quarter", {"kind": "random_quarter"})
LR_OCCLUDED, RESTORED, GROUND_TRUTH = "lr_occluded", "restored", "ground_truth"


@dataclass(frozen=True, eq=False)
class Kind:
    """One bar of Fig. 11.

    Attributes:
        name: What results call it.
        kind: ``lr_occluded``, ``restored`` or ``ground_truth``.
        hr_side: Side of its images.
        feed: Makes the low-resolution face; None for the ground truth.
        entrant: The network; ``restored`` only.
    """

    name: str
    kind: str
    hr_side: int
    feed: Feed | None = None
    entrant: Entrant | None = None

    def hide(self, sample: Sample, seed: int, draw: int) -> NDArray[np.uint8] | None:
        """Return the hole of a face, a square of a quarter of the area; None where none is made.

        Raises:
            FCSRError: The low-resolution side cannot have it.
        """
        if self.feed is None:
            return None
        return make_mask(HOLE, self.feed.side, self.hr_side, sample, seed, draw)

    def make(self, faces: Mapping[int, Sample], seed: int) -> Tensor:
        """Return the faces' images (N, 3, H, H), float32 in [0, 1], rounded to 8 bits.

        Args:
            faces: Number of the hole's draw → face.
            seed: Seed of the holes.
        """
        samples = list(faces.values())
        if self.feed is None:
            return pack_faces(samples)["hr_target"].float() / 255
        masks = [self.hide(sample, seed, draw) for draw, sample in faces.items()]
        batch = self.feed.prepare(samples, [mask for mask in masks if mask is not None])
        if self.entrant is None:
            images = bicubic_baseline(batch["lr_masked"].cpu(), self.feed.scale)
        else:
            images = self.entrant.run(batch["lr_masked"], batch["hole_mask"])["hr_restored"]
        return quantise(images).float()

    def digest_holes(self, faces: Mapping[int, Sample], seed: int) -> NDArray[np.uint8]:
        """Return 16 bytes that identify each face's hole, uint8 (N, 16)."""
        masks = [self.hide(sample, seed, draw) for draw, sample in faces.items()]
        digests = [
            hashlib.blake2b(b"" if mask is None else mask.tobytes(), digest_size=16).digest()
            for mask in masks
        ]
        return np.stack([np.frombuffer(digest, np.uint8) for digest in digests])


def list_kinds(feeds: Sequence[Feed]) -> list[Kind]:
    """Return the kinds in the figure's order: occluded, restored by each network, true.

    Raises:
        ConfigError: A network was trained at low resolution only.
    """
    entrants = [(feed, entrant) for feed in feeds for entrant in feed.entrants]
    untrained = [entrant.method for _, entrant in entrants if not entrant.restores]
    if untrained:
        raise ConfigError(
            f"{', '.join(untrained)}: SR is untrained, but identification needs restored faces; "
            "give a checkpoint of a later stage."
        )
    side = entrants[0][1].generator.hr_side
    return [
        *(Kind(f"{LR_OCCLUDED} {feed.label}", LR_OCCLUDED, side, feed) for feed in feeds),
        *(Kind(one.method, RESTORED, side, feed, one) for feed, one in entrants),
        Kind(GROUND_TRUTH, GROUND_TRUTH, side),
    ]


def stack_landmarks(samples: Sequence[Sample]) -> Tensor:
    """Return the landmarks (N, K, 2) in pixels of the restored faces."""
    return torch.from_numpy(np.stack([sample["landmarks"] for sample in samples]))
