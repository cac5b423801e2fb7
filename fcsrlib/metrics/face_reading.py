"""Scores of what a face prior network reads in faces, and what the scores of many come to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from fcsrlib.data.landmarks import OUTER_EYE_CORNERS
from fcsrlib.metrics.landmarks import landmark_error
from fcsrlib.metrics.parsing import count_overlap, mean_iou, parsing_iou
from fcsrlib.metrics.per_image import mean_known

COUNTS = ("intersection", "union")


def list_reading_columns(num_classes: int, suffix: str = "") -> tuple[str, ...]:
    """Return the names of what :func:`score_reading` returns."""
    counts = (f"parsing_{name}_{label}" for name in COUNTS for label in range(num_classes))
    return tuple(f"{name}{suffix}" for name in ("landmark_error", *counts))


def score_reading(
    points: Tensor,
    parsing: Tensor,
    true_points: Tensor,
    known: Tensor,
    true_parsing: Tensor,
    num_classes: int,
    eye_corners: tuple[int, int] = OUTER_EYE_CORNERS,
    suffix: str = "",
) -> dict[str, Tensor]:
    """Compare landmarks and parts with the true ones, column → (N,) float64.

    Args:
        points: x, y (N, K, 2).
        parsing: Logits (N, P, h, w) or labels (N, h, w).
        true_points: (N, K, 2).
        known: (N, K) bool.
        true_parsing: Labels (N, h, w), 255 = unknown.
        num_classes: P.
        eye_corners: Numbers of the outer eye corners.
        suffix: Put after every name.

    Raises:
        ContractError: The shapes do not fit.
    """
    counts = count_overlap(parsing, true_parsing, num_classes)
    return {
        f"landmark_error{suffix}": landmark_error(points, true_points, known, eye_corners),
        **{
            f"parsing_{name}_{label}{suffix}": column
            for name, value in zip(COUNTS, counts, strict=True)
            for label, column in enumerate(value.unbind(1))
        },
    }


def summarise_reading(
    scores: Mapping[str, Sequence[float]], num_classes: int, suffix: str = ""
) -> dict[str, float]:
    """Return mean landmark error, each class's IoU and mean IoU, from column → one value a face.

    The IoUs are of intersections and unions summed over all faces; the mean is over the classes
    that occur.
    """
    intersection, union = (
        torch.tensor(
            [
                math.fsum(v for v in scores[f"parsing_{name}_{label}{suffix}"] if v == v)
                for label in range(num_classes)
            ],
            dtype=torch.float64,
        )
        for name in COUNTS
    )
    ious = parsing_iou(intersection, union).tolist()
    return {
        f"landmark_error{suffix}": mean_known(scores[f"landmark_error{suffix}"]),
        f"parsing_miou{suffix}": float(mean_iou(intersection, union)),
        **{f"parsing_iou_{label}{suffix}": iou for label, iou in enumerate(ious)},
    }
