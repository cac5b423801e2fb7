"""Accuracies of each kind over several galleries, and how they are laid out."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fcsrlib.evaluation.identification.people import Draw, Indices
from fcsrlib.evaluation.identification.ranking import (
    MAX_RANK,
    Vectors,
    accuracy_over_people,
    accuracy_over_probes,
    rank_probes,
)
from fcsrlib.evaluation.protocol import Layout, Panel, Table

_OVER = {
    "over_probes": "Accuracy over probes (%)",
    "over_people": "Accuracy averaged per person (%)",
}


@dataclass(frozen=True)
class KindVectors:
    """Embeddings of all test images of one kind.

    Attributes:
        probes: Unit vectors (N, D).
        gallery: What is matched against, (N, D); the same, or those of the true faces.
    """

    probes: Vectors
    gallery: Vectors


def measure_accuracy(
    vectors: KindVectors, people: Indices, draws: Sequence[Draw]
) -> dict[str, Any]:
    """Return rank-1 to rank-5 accuracies in [0, 1].

    Args:
        vectors: Of all test images.
        people: Person of each of them (N,).
        draws: Galleries and probes.

    Returns:
        ``over_probes`` and ``over_people``, each with ``draws`` (a list of five a draw), ``mean``
        and ``std`` over draws (n - 1; None where there is one).
    """
    found: dict[str, list[list[float]]] = {name: [] for name in _OVER}
    for draw in draws:
        probed = people[draw.probes]
        ranks = rank_probes(
            vectors.gallery[draw.gallery], people[draw.gallery], vectors.probes[draw.probes], probed
        )
        found["over_probes"].append(accuracy_over_probes(ranks))
        found["over_people"].append(accuracy_over_people(ranks, probed))
    return {name: _summarise(rows) for name, rows in found.items()}


def lay_out(results: Mapping[str, Any]) -> Layout:
    """Lay out one table and one panel of bars for each way of averaging."""
    ranks = tuple(f"rank {rank}" for rank in range(1, MAX_RANK + 1))
    tables = tuple(
        Table(
            title,
            ("", *ranks),
            tuple((row["name"], *_format(row[over])) for row in results["figures"]),
        )
        for over, title in _OVER.items()
    )
    panels = tuple(
        Panel(
            title,
            ranks,
            {
                row["name"]: tuple(100 * value for value in row[over]["mean"])
                for row in results["figures"]
            },
        )
        for over, title in _OVER.items()
    )
    return Layout(tables, panels)


def _summarise(rows: list[list[float]]) -> dict[str, Any]:
    ranks = list(zip(*rows, strict=True))
    return {
        "mean": [statistics.fmean(values) for values in ranks],
        "std": [statistics.stdev(values) if len(values) > 1 else None for values in ranks],
        "draws": rows,
    }


def _format(summary: Mapping[str, Any]) -> list[str]:
    return [
        f"{100 * mean:.1f}" if std is None else f"{100 * mean:.1f} ± {100 * std:.1f}"
        for mean, std in zip(summary["mean"], summary["std"], strict=True)
    ]


def normalise(vectors: np.ndarray) -> Vectors:
    """Return rows at length one, float64; embedders round to float32."""
    wide = vectors.astype(np.float64)
    return wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
