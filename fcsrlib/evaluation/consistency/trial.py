"""Restores faces under several drawn holes each and compares what comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fcsrlib.data.sample import Sample
from fcsrlib.evaluation.conditions import Condition, make_mask
from fcsrlib.evaluation.consistency.agreement import AGREEMENT, score_agreement
from fcsrlib.evaluation.entrant import Entrant, Feed, group_by_feed
from fcsrlib.evaluation.part_store import Part
from fcsrlib.evaluation.references import list_references, make_references
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import Picture, show_input, to_picture

_INPUTS = ("lr_masked", "hole_mask", "lr_target", "hr_target")


class ConsistencyTrial:
    """Scores faces by how alike their restorations are.

    A face is compared at HR where its network restores, else at low resolution.

    Attributes:
        feeds: The kinds of input, each with its entrants.
        references: Names of the methods without a network.
        columns: (method, score) of each column.
        picture_rows: What the sheet shows, from top to bottom.

    Args:
        entrants: Networks.
        scorer: Channel and crop.
        hole: What every hole is drawn from.
        num_holes: Holes a face.
        seed: Seed of the holes.
        num_pictured: Faces that get pictures, the first ones.
    """

    def __init__(
        self,
        entrants: Sequence[Entrant],
        scorer: Scorer,
        hole: Condition,
        num_holes: int,
        seed: int,
        num_pictured: int,
    ) -> None:
        """Decide what is to be computed."""
        self.feeds = group_by_feed(entrants)
        self.scorer = scorer
        self.hole = hole
        self.num_holes = num_holes
        self.seed = seed
        self.num_pictured = num_pictured
        self.references = [one.name for feed in self.feeds for one in list_references(feed)]
        methods = [*(entrant.method for entrant in entrants), *self.references]
        self.columns = [(method, score) for method in methods for score in AGREEMENT]
        self.picture_rows = [
            *(f"input {feed.label}" for feed in self.feeds),
            *(entrant.method for entrant in entrants),
            "target",
        ]

    def run(self, condition: str, faces: Mapping[int, Sample]) -> Part:
        """Score ``faces``, number → sample."""
        scores: dict[tuple[str, str], Tensor] = {}
        pictures: dict[str, Picture] = {}
        kept: dict[str, NDArray[Any]] = {}
        digests = [hashlib.blake2b(digest_size=16) for _ in faces]
        for feed in self.feeds:
            holes = self._draw(feed, faces)
            for digest, face_holes in zip(digests, holes.swapaxes(0, 1), strict=True):
                digest.update(face_holes.tobytes())
            kept[f"holes_{feed.side}px"] = np.packbits(
                holes.swapaxes(0, 1).reshape(len(faces), self.num_holes, -1), axis=-1
            )
            batches, made = self._restore(feed, faces, holes)
            for method, images in made.items():
                found = self._compare(images, batches)
                scores |= {(method, name): value for name, value in found.items()}
            self._picture(pictures, faces, feed, batches, made)
        return Part(
            condition,
            np.fromiter(faces, np.int64),
            np.stack([scores[column].double().numpy() for column in self.columns], 1),
            np.stack([np.frombuffer(digest.digest(), np.uint8) for digest in digests]),
            pictures,
            kept,
        )

    def _draw(self, feed: Feed, faces: Mapping[int, Sample]) -> NDArray[np.uint8]:
        """Return the holes, (holes, faces, side, side); the first is that of other protocols."""
        hr_side = self.scorer.hr_side
        return np.stack(
            [
                [
                    make_mask(self.hole, feed.side, hr_side, sample, self.seed, index, draw)
                    for index, sample in faces.items()
                ]
                for draw in range(self.num_holes)
            ]
        )

    def _restore(
        self, feed: Feed, faces: Mapping[int, Sample], holes: NDArray[np.uint8]
    ) -> tuple[list[dict[str, Tensor]], dict[str, list[Tensor]]]:
        """Return the inputs, one a hole, and method → images, one a hole."""
        batches: list[dict[str, Tensor]] = []
        made: dict[str, list[Tensor]] = {}
        for masks in holes:
            ready = feed.prepare(list(faces.values()), list(masks))
            batches.append({name: ready[name].cpu() for name in _INPUTS})
            found = {
                entrant.method: entrant.run(ready["lr_masked"], ready["hole_mask"])
                for entrant in feed.entrants
            }
            found |= make_references(feed, batches[-1])
            for method, images in found.items():
                made.setdefault(method, []).append(_last(images))
        return batches, made

    def _compare(
        self, images: Sequence[Tensor], batches: Sequence[Mapping[str, Tensor]]
    ) -> dict[str, Tensor]:
        is_hr = images[0].shape[-1] == batches[0]["hr_target"].shape[-1]
        target = batches[0]["hr_target" if is_hr else "lr_target"]
        crop_px = self.scorer.crop_px if is_hr else 0
        prepare = self.scorer.prepare
        holes = [prepare_region(batch["hole_mask"], target.shape[-1], crop_px) for batch in batches]
        return score_agreement(
            torch.stack([prepare(one, crop_px) for one in images]),
            prepare(target, crop_px),
            torch.stack(holes),
        )

    def _picture(
        self,
        pictures: dict[str, Picture],
        faces: Mapping[int, Sample],
        feed: Feed,
        batches: Sequence[Mapping[str, Tensor]],
        made: Mapping[str, Sequence[Tensor]],
    ) -> None:
        """Keep 8-bit pictures of the first faces as ``<hole>/<face>_<row>``."""
        target = "hr_target" if feed.restores else "lr_target"
        for draw, batch in enumerate(batches):
            rows = {
                f"input {feed.label}": show_input(batch["lr_masked"], batch["hole_mask"]),
                **{entrant.method: made[entrant.method][draw] for entrant in feed.entrants},
                "target": batch[target],
            }
            for row, images in rows.items():
                number = self.picture_rows.index(row)
                for index, image in zip(faces, images, strict=True):
                    if index < self.num_pictured:
                        pictures[f"{draw}/{index}_{number}"] = to_picture(image)


def prepare_region(hole_mask: Tensor, side: int, crop_px: int) -> Tensor:
    """Return holes (N, 1, h, w) as they lie over images of ``side``, cropped like them."""
    enlarged = functional.interpolate(hole_mask.float(), size=(side, side), mode="nearest")
    return enlarged[..., crop_px : side - crop_px, crop_px : side - crop_px]


def _last(made: Mapping[str, Tensor]) -> Tensor:
    return made["hr_restored"] if "hr_restored" in made else made["lr_composite"]
