"""Closed-set identification as pure functions: the rank of the right person, and accuracies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import ContractError
from fcsrlib.evaluation.identification.people import Indices

Vectors = NDArray[np.float64]
MAX_RANK = 5


def rank_probes(
    gallery: Vectors, gallery_people: Indices, probes: Vectors, probe_people: Indices
) -> Indices:
    """Return at which rank each probe's person comes, 1 = first, int64 (P,).

    Gallery images are ordered by cosine. A tie counts against the probe: an embedder that gives
    one vector for every face identifies nobody.

    Args:
        gallery: Unit vectors (G, D), one a person.
        gallery_people: Who they are (G,).
        probes: Unit vectors (P, D).
        probe_people: Who they are (P,); each is in the gallery.

    Raises:
        ContractError: A vector holds NaN or infinity.
    """
    if not (np.isfinite(gallery).all() and np.isfinite(probes).all()):
        raise ContractError("the embedder gave NaN or infinity; expected unit vectors.")
    similarity = probes @ gallery.T
    order = np.argsort(gallery_people)
    place = order[np.searchsorted(gallery_people, probe_people, sorter=order)]
    own = np.take_along_axis(similarity, place[:, None], 1)
    return np.asarray((similarity >= own).sum(1), np.int64)


def accuracy_over_probes(ranks: Indices) -> list[float]:
    """Return the share of probes whose person is among the first 1, 2, ... :data:`MAX_RANK`."""
    return [float((ranks <= limit).mean()) for limit in range(1, MAX_RANK + 1)]


def accuracy_over_people(ranks: Indices, probe_people: Indices) -> list[float]:
    """Return the same as the mean of each person's share: everybody counts alike."""
    _, person = np.unique(probe_people, return_inverse=True)
    probes = np.bincount(person)
    return [
        float((np.bincount(person, ranks <= limit) / probes).mean())
        for limit in range(1, MAX_RANK + 1)
    ]


def find_matches(gallery: Vectors, probe: Vectors, count: int) -> Indices:
    """Return the places in ``gallery`` of the nearest vectors to one probe (D,), nearest first."""
    return np.argsort(-(gallery @ probe), kind="stable")[:count]
