"""The ways one network is run, and the comparison of them in time, memory and share of peak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple

import torch

from fcsrlib.benchmark.memory import measure_working_peak
from fcsrlib.benchmark.stopwatch import time_in_turns

LAYOUTS = ("contiguous", "channels_last")


class Variant(NamedTuple):
    """One way to run a network: ``fp32`` or ``bf16`` (autocast), and the weights' layout."""

    precision: str
    layout: str

    @property
    def is_bf16(self) -> bool:
        """Whether it runs under bf16 autocast."""
        return self.precision == "bf16"


VARIANTS = tuple(Variant(precision, layout) for precision in ("fp32", "bf16") for layout in LAYOUTS)
REFERENCE = VARIANTS[0]


def compare_variants(
    calls: Mapping[Variant, Callable[[], Any]],
    *,
    images: int,
    flops: int,
    peaks: Mapping[str, float],
    seconds: float,
    device: torch.device,
) -> list[dict[str, Any]]:
    """Measure all ``calls``, which do the same work; the memory's measurement is the warm-up.

    Args:
        calls: With one for :data:`REFERENCE`.
        images: Faces that one call works on.
        flops: Operations of one call.
        peaks: The machine's FLOP/s at each precision.
        seconds: For each call.
        device: Where they run.

    Returns:
        For each variant ``precision``, ``layout``, ``calls``, the median ``seconds`` of a call,
        ``images_per_second``, ``working_bytes`` (None where unknown), ``share_of_peak`` and
        ``ratio``, its speed over that of the reference.
    """
    working = {variant: measure_working_peak(call, device) for variant, call in calls.items()}
    taken = time_in_turns(calls, seconds, device)
    medians = {variant: median(times) for variant, times in taken.items()}
    return [
        {
            "precision": variant.precision,
            "layout": variant.layout,
            "calls": len(taken[variant]),
            "seconds": medians[variant],
            "images_per_second": images / medians[variant],
            "working_bytes": working[variant],
            "share_of_peak": flops / medians[variant] / peaks[variant.precision],
            "ratio": medians[REFERENCE] / medians[variant],
        }
        for variant in calls
    ]
