"""Floating-point operations of a call, counted as it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.utils.flop_counter import FlopCounterMode


def count_flops(call: Callable[[], Any]) -> int:
    """Return the operations of convolutions and matrix products in ``call``, both passes.

    A multiplication and an addition count as two. Everything else (activations, normalisation,
    the optimiser) counts as none: it is bound by memory, not by arithmetic.
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())
