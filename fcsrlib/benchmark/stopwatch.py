"""Times calls turn by turn, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import torch

Name = TypeVar("Name", bound=Hashable)


def time_call(call: Callable[[], Any], device: torch.device) -> float:
    """Return the seconds that ``call`` takes, until ``device`` has finished its work."""
    synchronise(device)
    start = time.perf_counter()
    call()
    synchronise(device)
    return time.perf_counter() - start


def time_in_turns(
    calls: Mapping[Name, Callable[[], Any]], seconds: float, device: torch.device
) -> dict[Name, list[float]]:
    """Time every call at least once, then on until its share of ``seconds`` is used up.

    Args:
        calls: What to time, warmed up already.
        seconds: For each call; one that would go past it is not started again.
        device: Where the work is done.

    Returns:
        Seconds of each call of each name.
    """
    taken: dict[Name, list[float]] = {name: [] for name in calls}
    waiting = list(calls)
    while waiting:
        for name in waiting:
            taken[name].append(time_call(calls[name], device))
        waiting = [name for name in waiting if sum(taken[name]) + taken[name][-1] <= seconds]
    return taken


def synchronise(device: torch.device) -> None:
    """Wait until ``device`` has finished; a processor always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
