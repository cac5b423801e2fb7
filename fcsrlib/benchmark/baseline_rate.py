"""Speed of the methods without a network, to set beside that of the networks."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import torch
from torch import Tensor

from fcsrlib.benchmark.stopwatch import time_in_turns
from fcsrlib.metrics import bicubic_baseline, telea_baseline


def measure_baselines(
    batch: Mapping[str, Tensor], scale: int, seconds: float
) -> list[dict[str, Any]]:
    """Measure bicubic enlargement, alone and after Telea's inpainting, on the processor.

    Args:
        batch: ``lr_masked`` and ``hole_mask``, see :class:`fcsrlib.data.FacePreprocessor`.
        scale: Enlargement.
        seconds: For each method, after its warm-up.

    Returns:
        For one face and for the whole batch, for each method ``method``, ``scale``,
        ``batch_size``, the median ``seconds`` of a call, and ``images_per_second``.
    """
    rows = []
    for count in sorted({1, len(batch["lr_masked"])}):
        lr_masked, hole_mask = (batch[key][:count].cpu() for key in ("lr_masked", "hole_mask"))
        for method, taken in _time(lr_masked, hole_mask, scale, seconds).items():
            rows.append(
                {
                    "method": method,
                    "scale": scale,
                    "batch_size": count,
                    "seconds": taken,
                    "images_per_second": count / taken,
                }
            )
    return rows


def _time(lr_masked: Tensor, hole_mask: Tensor, scale: int, seconds: float) -> dict[str, float]:
    """Return the median seconds of a call by method."""
    calls = {
        "Telea, bicubic": lambda: bicubic_baseline(telea_baseline(lr_masked, hole_mask), scale),
        "bicubic": lambda: bicubic_baseline(lr_masked, scale),
    }
    for call in calls.values():
        call()
    taken = time_in_turns(calls, seconds, torch.device("cpu"))
    return {method: median(times) for method, times in taken.items()}
