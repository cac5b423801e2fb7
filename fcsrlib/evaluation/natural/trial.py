"""Restores faces under given holes and scores what can be scored without the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.data.sample import Sample
from fcsrlib.degradation import downsample, shrink_cover
from fcsrlib.evaluation.entrant import Entrant, group_by_feed
from fcsrlib.evaluation.part_store import Part
from fcsrlib.evaluation.references import list_references, make_references
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import Picture, show_input, to_picture
from fcsrlib.metrics import FaceScorer, psnr, quantise

HIDDEN = "hidden_share"
VISIBLE = "visible_lr_psnr"
_NOT_PACKED = ("cover", "reference")


class NaturalTrial:
    """Scores restorations against what was visible, and against references where there are any.

    Attributes:
        feeds: The kinds of input, each with its entrants.
        references: Names of the methods without a network.
        columns: (method, score) of each column.
        picture_rows: What the sheet shows, from top to bottom.

    Args:
        entrants: Networks.
        scorer: Channel; nothing is cropped at low resolution.
        judges: Compare restored faces with references, where a face has one.
        num_pictured: Faces that get pictures, the first ones.
        with_references: Whether there are references.
    """

    def __init__(
        self,
        entrants: Sequence[Entrant],
        scorer: Scorer,
        judges: Sequence[FaceScorer],
        num_pictured: int,
        with_references: bool,
    ) -> None:
        """Decide what is to be computed."""
        self.feeds = group_by_feed(entrants)
        self.scorer = scorer
        self.judges = judges
        self.num_pictured = num_pictured
        self.references = [one.name for feed in self.feeds for one in list_references(feed)]
        judged = [column for judge in judges for column in judge.columns]
        methods = [*(entrant.method for entrant in entrants), *self.references]
        self.columns = [
            (method, score) for method in methods for score in (HIDDEN, VISIBLE, *judged)
        ]
        self.picture_rows = [
            "original",
            *(f"input {feed.label}" for feed in self.feeds),
            *(entrant.method for entrant in entrants),
            *(["reference"] if with_references else []),
        ]

    def run(self, condition: str, faces: Mapping[int, Sample]) -> Part:
        """Score ``faces``, number → sample of :class:`~fcsrlib.evaluation.natural.NaturalFaces`."""
        scores: dict[tuple[str, str], Tensor] = {}
        pictures: dict[str, Picture] = {}
        samples = list(faces.values())
        covers = np.stack([sample["cover"] for sample in samples])
        packed = [{k: v for k, v in one.items() if k not in _NOT_PACKED} for one in samples]
        others = _stack_references(samples)
        for feed in self.feeds:
            masks = [shrink_cover(cover, feed.side) for cover in covers]
            ready = feed.prepare(packed, masks)
            batch = {name: ready[name].cpu() for name in ("lr_masked", "hole_mask", "hr_target")}
            made = {
                one.method: one.run(ready["lr_masked"], ready["hole_mask"]) for one in feed.entrants
            }
            scales = {one.method: one.scale for one in feed.entrants}
            self._picture(pictures, faces, "original", batch["hr_target"])
            shown = show_input(batch["lr_masked"], batch["hole_mask"])
            self._picture(pictures, faces, f"input {feed.label}", shown)
            for method, images in made.items():
                self._picture(pictures, faces, method, _last(images))
            for method, images in (made | make_references(feed, batch)).items():
                scale = scales.get(method, feed.entrants[0].scale)
                found = self._compare(images, batch["hr_target"], covers, scale)
                found[HIDDEN] = batch["hole_mask"].double().mean((1, 2, 3))
                found |= self._judge(images, others)
                scores |= {(method, name): value for name, value in found.items()}
        self._picture_references(pictures, faces)
        nothing = torch.full((len(faces),), float("nan"), dtype=torch.float64)
        columns = [scores.get(column, nothing).double().numpy() for column in self.columns]
        return Part(
            condition,
            np.fromiter(faces, np.int64),
            np.stack(columns, 1),
            np.stack([_digest(cover) for cover in covers]),
            pictures,
            {"cover": np.packbits(covers.reshape(len(covers), -1), axis=1)},
        )

    def _compare(
        self, made: Mapping[str, Tensor], hr_target: Tensor, covers: NDArray[Any], scale: int
    ) -> dict[str, Tensor]:
        """Compare at low resolution, where the input was visible."""
        image, side = _last(made), hr_target.shape[-1] // scale
        if image.shape[-1] > side:
            image = downsample(quantise(image), image.shape[-1] // side).clamp(0, 1)
        holes = np.stack([shrink_cover(cover, side) for cover in covers])
        # Not rounded again: of so few pixels, one that tips over would tell the batch size.
        ours = self.scorer.choose_channel(image.double())
        given = self.scorer.prepare(downsample(hr_target, scale), 0)
        visible = 1 - torch.from_numpy(holes)[:, None].double()
        return {VISIBLE: psnr(ours, given, region=visible)}

    def _judge(
        self, made: Mapping[str, Tensor], others: tuple[list[int], Tensor]
    ) -> dict[str, Tensor]:
        """Compare the restored faces with the references of those that have one."""
        places, references = others
        if "hr_restored" not in made or not places:
            return {}
        restored = made["hr_restored"]
        found: dict[str, Tensor] = {}
        for judge in self.judges:
            for name, values in judge.score(restored[places], {"hr_target": references}).items():
                found[name] = torch.full((len(restored),), float("nan"), dtype=torch.float64)
                found[name][places] = values
        return found

    def _picture(
        self, pictures: dict[str, Picture], faces: Mapping[int, Sample], row: str, images: Tensor
    ) -> None:
        number = self.picture_rows.index(row)
        for index, image in zip(faces, images, strict=True):
            if index < self.num_pictured:
                pictures[f"{index}_{number}"] = to_picture(image)

    def _picture_references(
        self, pictures: dict[str, Picture], faces: Mapping[int, Sample]
    ) -> None:
        if "reference" not in self.picture_rows:
            return
        number = self.picture_rows.index("reference")
        for index, sample in faces.items():
            if index < self.num_pictured:
                blank = np.full_like(sample["hr_target"], 255)
                pictures[f"{index}_{number}"] = sample.get("reference", blank)


def _stack_references(samples: Sequence[Sample]) -> tuple[list[int], Tensor]:
    """Return which samples have a reference, and those, (M, 3, H, W) in [0, 1]."""
    places = [place for place, sample in enumerate(samples) if "reference" in sample]
    if not places:
        return places, torch.empty(0)
    stacked = np.stack([samples[place]["reference"] for place in places])
    return places, torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255


def _digest(cover: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.frombuffer(hashlib.blake2b(cover.tobytes(), digest_size=16).digest(), np.uint8)


def _last(made: Mapping[str, Tensor]) -> Tensor:
    return made["hr_restored"] if "hr_restored" in made else made["lr_composite"]
