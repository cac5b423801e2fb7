"""Runs an identification: embeds every kind of every test face, then matches probes to galleries.

Embeddings are computed once; drawing further galleries costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.device import get_device
from numpy.typing import NDArray

from fcsrlib import __version__
from fcsrlib.data.sample import Sample
from fcsrlib.evaluation.faces import Faces
from fcsrlib.evaluation.identification.figures import KindVectors, measure_accuracy, normalise
from fcsrlib.evaluation.identification.kinds import GROUND_TRUTH, HOLE, Kind, stack_landmarks
from fcsrlib.evaluation.identification.match_sheet import (
    MATCHES,
    NUM_PROBES,
    Matched,
    draw_matches,
)
from fcsrlib.evaluation.identification.people import Draw, Indices, draw_gallery
from fcsrlib.evaluation.identification.ranking import find_matches
from fcsrlib.evaluation.measuring import Measuring
from fcsrlib.evaluation.part_store import Part
from fcsrlib.evaluation.sheet import Picture, to_picture
from fcsrlib.models.recognition import Embedder


@dataclass(frozen=True)
class Comparison:
    """One kind of probe and what it is matched against.

    Attributes:
        probe: Name under which the probes' embeddings are stored.
        gallery: The same of the gallery's.
        kind: Of the probes.
        gallery_kind: Of the gallery's images.
    """

    probe: str
    gallery: str
    kind: Kind
    gallery_kind: Kind


def list_comparisons(kinds: Sequence[Kind], gallery: str, is_shared: bool) -> list[Comparison]:
    """Return one comparison a kind.

    Args:
        kinds: All kinds.
        gallery: ``same`` or ``ground_truth``.
        is_shared: Whether one embedder serves all kinds: true faces are then embedded once.
    """
    names = [f"probe-{number}" for number in range(len(kinds))]
    if gallery != GROUND_TRUTH:
        return [Comparison(name, name, kind, kind) for name, kind in zip(names, kinds, strict=True)]
    (true,) = (number for number, kind in enumerate(kinds) if kind.kind == GROUND_TRUTH)
    galleries = [
        names[true] if is_shared or number == true else f"gallery-{number}"
        for number in range(len(kinds))
    ]
    return [
        Comparison(name, stored, kind, kinds[true])
        for name, stored, kind in zip(names, galleries, kinds, strict=True)
    ]


class Experiment:
    """The matching of all comparisons.

    Args:
        comparisons: What is matched against what.
        embedders: Kind of probe → embedder of probes and gallery.
        faces: Test faces.
        people: Person of each of them.
        measuring: Keeps the embeddings.
    """

    def __init__(
        self,
        comparisons: Sequence[Comparison],
        embedders: Mapping[str, Embedder],
        faces: Faces,
        people: Indices,
        measuring: Measuring,
    ) -> None:
        """Say what is stored under which name."""
        self.comparisons, self.faces, self.measuring = comparisons, faces, measuring
        self._all_people = people
        self._stored: dict[str, tuple[Kind, Embedder]] = {}
        for one in comparisons:
            embedder = embedders[one.kind.name]
            self._stored[one.probe] = (one.kind, embedder)
            self._stored.setdefault(one.gallery, (one.gallery_kind, embedder))

    def embed(self, batch_size: int) -> None:
        """Embed what the store does not hold yet."""
        self.measuring.run(self.faces, list(self._stored), self._embed, batch_size, self._check)

    @property
    def indices(self) -> Indices:
        """Numbers of the test faces that could be read."""
        name = next(iter(self._stored))
        return self.measuring.collection.gather([name])[f"{name}/faces"]

    @property
    def people(self) -> Indices:
        """Person of each of :attr:`indices`."""
        return self._all_people[self.indices]

    def measure(self, draws: Sequence[Draw]) -> list[dict[str, Any]]:
        """Return the figures of each comparison."""
        collection = self.measuring.collection
        return [
            {
                "name": one.kind.name,
                "kind": one.kind.kind,
                "gallery_kind": one.gallery_kind.name,
                "hole": None if one.kind.feed is None else dict(HOLE.hole),
                "holes_sha256": collection.digest_holes(one.probe),
                **measure_accuracy(self._load(one), self.people, draws),
            }
            for one in self.comparisons
        ]

    def draw_sheet(self, draw: Draw) -> Picture:
        """Draw probes, spread evenly over those of ``draw``, and what comes first."""
        spread = np.linspace(0, len(draw.probes) - 1, min(NUM_PROBES, len(draw.probes)))
        probes = draw.probes[np.unique(spread.astype(int))]
        columns = [self._match(one, draw, probes) for one in self.comparisons]
        names = [one.kind.name for one in self.comparisons]
        return draw_matches(names, list(zip(*columns, strict=True)))

    def _check(self, sample: Sample) -> None:
        for kind, _ in self._stored.values():
            kind.hide(sample, self.faces.seed, 0)

    def _embed(self, name: str, faces: Mapping[int, Sample]) -> Part:
        kind, embedder = self._stored[name]
        images = kind.make(faces, self.faces.seed).to(get_device())
        vectors = embedder.embed(images, stack_landmarks(list(faces.values())))
        return Part(
            name,
            np.fromiter(faces, np.int64),
            vectors.double().cpu().numpy(),
            kind.digest_holes(faces, self.faces.seed),
        )

    def _load(self, one: Comparison) -> KindVectors:
        collection = self.measuring.collection
        return KindVectors(
            normalise(collection.stack(one.probe)), normalise(collection.stack(one.gallery))
        )

    def _match(self, one: Comparison, draw: Draw, probes: Indices) -> list[Matched]:
        vectors, people = self._load(one), self.people
        found = [
            draw.gallery[
                find_matches(vectors.gallery[draw.gallery], vectors.probes[probe], MATCHES)
            ]
            for probe in probes.tolist()
        ]
        shown = self._picture(one.kind, probes)
        matched = self._picture(one.gallery_kind, np.unique(np.concatenate(found)))
        return [
            Matched(
                shown[probe],
                [matched[match] for match in matches.tolist()],
                (people[matches] == people[probe]).tolist(),
            )
            for probe, matches in zip(probes.tolist(), found, strict=True)
        ]

    def _picture(self, kind: Kind, places: Indices) -> dict[int, NDArray[np.uint8]]:
        """Return place among the readable faces → picture."""
        numbers = self.indices[places].tolist()
        images = kind.make({number: self.faces.read(number) for number in numbers}, self.faces.seed)
        return {
            place: to_picture(image) for place, image in zip(places.tolist(), images, strict=True)
        }


def draw_galleries(people: Indices, seed: int, count: int) -> list[Draw]:
    """Return ``count`` draws of a gallery."""
    return [draw_gallery(people, seed, number) for number in range(count)]


def list_inputs(faces: Faces, kinds: Sequence[Kind]) -> dict[str, Any]:
    """Return everything that the images of the kinds follow from, as errors name it."""
    entrants = [kind.entrant for kind in kinds if kind.entrant is not None]
    return {
        "fcsrlib": __version__,
        "networks": [[one.description, one.parts, one.preprocessor] for one in entrants],
        "data": [faces.data, len(faces), faces.pipeline, *faces.names],
        "hole": [HOLE.name, dict(HOLE.hole)],
        "seed": faces.seed,
    }
