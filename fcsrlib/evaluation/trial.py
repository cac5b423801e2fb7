"""Runs all entrants and references over some faces under one condition."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.data.sample import Sample
from fcsrlib.evaluation.conditions import Condition, make_mask
from fcsrlib.evaluation.entrant import Entrant, Feed, group_by_feed
from fcsrlib.evaluation.part_store import Part
from fcsrlib.evaluation.references import list_references, make_references
from fcsrlib.evaluation.results import LANDMARKS_KNOWN
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import show_input, to_picture
from fcsrlib.metrics import FaceScorer
from fcsrlib.metrics.face_metric import LABELS

HIDDEN = "hidden_share"
_INPUTS = ("lr_masked", "hole_mask", "lr_target", "hr_target")
_HR = ("psnr", "mssim", "hole_psnr", "visible_psnr")
_LR = ("lr_psnr", "lr_hole_psnr")


class Trial:
    """Scores faces; every network runs once for each face and condition.

    Attributes:
        feeds: The kinds of input, each with its entrants.
        columns: (method, metric) of each score.
        references: Names of the methods without a network.
        picture_rows: What a face's pictures in the sheet show, from top to bottom.

    Args:
        entrants: Networks.
        scorer: Channel and crop.
        seed: Seed of the drawn holes.
        num_pictured: Faces that get pictures, the first ones.
        judges: Score restored faces beside ``scorer``.
    """

    def __init__(
        self,
        entrants: Sequence[Entrant],
        scorer: Scorer,
        seed: int,
        num_pictured: int,
        judges: Sequence[FaceScorer] = (),
    ) -> None:
        """Decide what is to be computed."""
        self.feeds = group_by_feed(entrants)
        self.scorer = scorer
        self.seed = seed
        self.num_pictured = num_pictured
        self.judges = judges
        self.references: list[str] = []
        self.columns: list[tuple[str, str]] = []
        for entrant in entrants:
            self._add_columns(entrant.method, entrant.restores, True)
        for feed in self.feeds:
            for one in list_references(feed):
                self.references.append(one.name)
                self._add_columns(one.name, one.restores, one.completes)
        self.picture_rows = [
            *(f"input {feed.label}" for feed in self.feeds),
            *(entrant.method for entrant in entrants),
            "target",
        ]

    def check(self, conditions: Sequence[Condition], sample: Sample) -> None:
        """Make every hole of one face.

        Raises:
            FCSRError: A hole cannot be made at an entrant's low-resolution side, or for this face.
        """
        for condition in conditions:
            for feed in self.feeds:
                self._hide(condition, feed, sample, 0)

    def run(self, condition: Condition, faces: Mapping[int, Sample]) -> Part:
        """Score ``faces``, number → sample, under ``condition``."""
        scores: dict[tuple[str, str], Tensor] = {}
        pictures: dict[str, NDArray[np.uint8]] = {}
        digests = [hashlib.blake2b(digest_size=16) for _ in faces]
        kept: dict[str, NDArray[Any]] = {}
        if condition.follows_landmarks:
            known = [np.isfinite(sample["landmarks"]).all() for sample in faces.values()]
            kept[LANDMARKS_KNOWN] = np.array(known)
        for feed in self.feeds:
            masks = [self._hide(condition, feed, faces[index], index) for index in faces]
            for digest, mask in zip(digests, masks, strict=True):
                digest.update(mask.tobytes())
            if not condition.is_fixed:
                packed = [np.packbits(mask) for mask in masks]
                kept[f"hole_{feed.side}px"] = np.stack(packed)
            ready = feed.prepare(list(faces.values()), masks)
            batch = {name: ready[name].cpu() for name in (*_INPUTS, *LABELS)}
            for entrant in feed.entrants:
                made = entrant.run(ready["lr_masked"], ready["hole_mask"])
                self._score(scores, entrant.method, made, batch)
                self._picture(pictures, faces, entrant.method, _last(made))
            for name, made in make_references(feed, batch).items():
                self._score(scores, name, made, batch)
            shown = show_input(batch["lr_masked"], batch["hole_mask"])
            self._picture(pictures, faces, f"input {feed.label}", shown)
            target = "hr_target" if feed.restores else "lr_target"
            self._picture(pictures, faces, "target", batch[target])
        return Part(
            condition.name,
            np.fromiter(faces, np.int64),
            np.stack([_get_column(scores, column, len(faces)) for column in self.columns], 1),
            np.stack([np.frombuffer(digest.digest(), np.uint8) for digest in digests]),
            pictures,
            kept,
        )

    def _add_columns(self, method: str, restores: bool, completes: bool) -> None:
        judged = [column for judge in self.judges for column in judge.columns]
        metrics = (HIDDEN, *((*_HR, *judged) if restores else ()), *(_LR if completes else ()))
        self.columns += [(method, metric) for metric in metrics]

    def _hide(
        self, condition: Condition, feed: Feed, sample: Sample, index: int
    ) -> NDArray[np.uint8]:
        return make_mask(condition, feed.side, self.scorer.hr_side, sample, self.seed, index)

    def _score(
        self,
        scores: dict[tuple[str, str], Tensor],
        method: str,
        made: Mapping[str, Tensor],
        batch: Mapping[str, Tensor],
    ) -> None:
        found = {HIDDEN: batch["hole_mask"].double().mean((1, 2, 3))}
        if "hr_restored" in made:
            found |= self.scorer.score_hr(made["hr_restored"], batch)
            for judge in self.judges:
                found |= judge.score(made["hr_restored"], batch)
        if "lr_composite" in made:
            found |= self.scorer.score_lr(made["lr_composite"], batch)
        scores.update({(method, metric): value for metric, value in found.items()})

    def _picture(
        self,
        pictures: dict[str, NDArray[np.uint8]],
        faces: Mapping[int, Sample],
        row: str,
        images: Tensor,
    ) -> None:
        """Keep 8-bit pictures of the first faces."""
        number = self.picture_rows.index(row)
        for index, image in zip(faces, images, strict=True):
            if index < self.num_pictured:
                pictures[f"{index}_{number}"] = to_picture(image)


def _last(made: Mapping[str, Tensor]) -> Tensor:
    return made["hr_restored"] if "hr_restored" in made else made["lr_composite"]


def _get_column(
    scores: Mapping[tuple[str, str], Tensor], column: tuple[str, str], count: int
) -> NDArray[np.float64]:
    """Return a column's scores; NaN where a network does not make what they are measured on."""
    if column not in scores:
        return np.full(count, np.nan)
    return np.asarray(scores[column].double().numpy())
