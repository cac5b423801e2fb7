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
        For each method ``method``, ``scale``, ``batch_size``, the median ``seconds`` of a call, and
        ``images_per_second``.
    """
    lr_masked, hole_mask = batch["lr_masked"].cpu(), batch["hole_mask"].cpu()
    calls = {
        "Telea, bicubic": lambda: bicubic_baseline(telea_baseline(lr_masked, hole_mask), scale),
        "bicubic": lambda: bicubic_baseline(lr_masked, scale),
    }
    for call in calls.values():
        call()
    taken = time_in_turns(calls, seconds, torch.device("cpu"))
    count = len(lr_masked)
    return [
        {
            "method": method,
            "scale": scale,
            "batch_size": count,
            "seconds": median(times),
            "images_per_second": count / median(times),
        }
        for method, times in taken.items()
    ]
