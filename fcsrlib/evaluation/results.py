"""Collects scores and averages them into the content of ``results.json``."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.part_store import Part
from fcsrlib.evaluation.protocol import METRICS
from fcsrlib.metrics import FaceScorer

LANDMARKS_KNOWN = "landmarks_known"
"""What is kept of each face, beside its hole, where the hole follows the landmarks."""


class Collection:
    """The scores so far: each face under each condition, once.

    Attributes:
        pictures: (condition, ``<face>_<row>``) → uint8 RGB.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rows: dict[str, dict[int, tuple[NDArray[np.float64], bytes]]] = {}
        self.pictures: dict[tuple[str, str], NDArray[np.uint8]] = {}
        self._extra: dict[str, dict[str, dict[int, NDArray[Any]]]] = {}

    def take(self, part: Part) -> None:
        """Add the scores of ``part``."""
        rows = self._rows.setdefault(part.condition, {})
        for place, (index, scores, digest) in enumerate(
            zip(part.indices.tolist(), part.scores, part.hole_digests, strict=True)
        ):
            rows[index] = (scores, digest.tobytes())
            for name, values in part.extra.items():
                kept = self._extra.setdefault(part.condition, {}).setdefault(name, {})
                kept[index] = values[place]
        self.pictures |= {(part.condition, key): one for key, one in part.pictures.items()}

    def has(self, condition: str, index: int) -> bool:
        """Tell whether a face is scored under a condition."""
        return index in self._rows.get(condition, {})

    def count(self) -> int:
        """Return the number of pairs of face and condition."""
        return sum(len(rows) for rows in self._rows.values())

    def stack(self, condition: str) -> NDArray[np.float64]:
        """Return the scores under a condition, (faces, columns), in the order of the faces."""
        rows = self._rows[condition]
        return np.stack([rows[index][0] for index in sorted(rows)])

    def stack_extra(self, condition: str, name: str) -> NDArray[Any]:
        """Return what was kept of each face under ``name``, (faces, ...), in their order."""
        kept = self._extra[condition][name]
        return np.stack([kept[index] for index in sorted(kept)])

    def gather(self, conditions: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return ``<condition>/<name>`` → :meth:`stack_extra`, and ``<condition>/faces``."""
        gathered: dict[str, NDArray[Any]] = {}
        for condition in conditions:
            gathered[f"{condition}/faces"] = np.array(sorted(self._rows[condition]), np.int64)
            for name in self._extra.get(condition, {}):
                gathered[f"{condition}/{name}"] = self.stack_extra(condition, name)
        return gathered

    def digest_holes(self, condition: str) -> str:
        """Identify all holes under a condition."""
        rows = self._rows[condition]
        digest = hashlib.sha256()
        for index in sorted(rows):
            digest.update(rows[index][1])
        return digest.hexdigest()


def describe_conditions(
    conditions: Sequence[Condition], collection: Collection, data: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return name, label, description and digest of each condition's holes.

    Args:
        conditions: In the order of the protocol.
        collection: All scores.
        data: Condition → its faces, where they are not the same for all.
    """
    described = []
    for condition in conditions:
        row: dict[str, Any] = {
            "name": condition.name,
            "label": condition.label,
            "hole": dict(condition.hole),
            "holes_sha256": collection.digest_holes(condition.name),
        }
        if condition.name in data:
            row["data"] = data[condition.name]
        if condition.follows_landmarks:
            known = collection.stack_extra(condition.name, LANDMARKS_KNOWN)
            row["without_landmarks"] = int(np.count_nonzero(~known))
        described.append(row)
    return described


def make_figures(
    conditions: Sequence[Condition],
    collection: Collection,
    columns: Sequence[tuple[str, str]],
    stated: Mapping[str, Any],
    judges: Sequence[FaceScorer] = (),
) -> list[dict[str, Any]]:
    """Return one row for each method and condition: the means over the faces that have a value.

    Args:
        conditions: In the order of the protocol.
        collection: All scores.
        columns: (method, metric) of each score.
        stated: Channel, crop and what else is written into each row.
        judges: Sum up their own columns.
    """
    figures = []
    judged = {column for judge in judges for column in judge.columns}
    for method in dict.fromkeys(method for method, _ in columns):
        for condition in conditions:
            scores = collection.stack(condition.name)
            row = {"method": method, "condition": condition.name, **stated, "count": len(scores)}
            own = {
                metric: scores[:, column].tolist()
                for column, (owner, metric) in enumerate(columns)
                if owner == method
            }
            row |= {name: _mean(values) for name, values in own.items() if name not in judged}
            for judge in judges:
                kept = {name: own[name] for name in judge.columns if name in own}
                row |= {name: _finite(value) for name, value in judge.summarise(kept).items()}
            figures.append(row)
    return figures


def average_conditions(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each method's mean over conditions and its deviation, as Tables 3 and 4 state them.

    The deviation is that of a sample (n - 1), which the paper's own numbers follow; None where
    there is one condition only.
    """
    averages = []
    for method in dict.fromkeys(row["method"] for row in figures):
        rows = [row for row in figures if row["method"] == method]
        average: dict[str, Any] = {"method": method}
        for metric in METRICS:
            values = [row[metric] for row in rows if row.get(metric) is not None]
            if values:
                std = statistics.stdev(values) if len(values) > 1 else None
                average[metric] = {"mean": statistics.fmean(values), "std": std}
        averages.append(average)
    return averages


def _mean(values: Sequence[float]) -> float | None:
    """Return the mean of the values that are numbers, whatever their order; None if none is."""
    valid = [value for value in values if not math.isnan(value)]
    return math.fsum(valid) / len(valid) if valid else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
