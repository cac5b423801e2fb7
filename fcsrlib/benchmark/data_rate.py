"""Faces a second that one data worker delivers and that the preprocessor makes ready."""

from __future__ import annotations

import copy
import time
from functools import partial
from statistics import median
from typing import Any

import torch
from mmengine.config import Config

from fcsrlib.benchmark.stopwatch import time_call, time_in_turns
from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.registry import MODELS

_WARM_UP_BATCHES = 3


def measure_data(
    config: Config, batch_size: int, seconds: float, device: torch.device
) -> dict[str, Any]:
    """Measure the training pipeline of ``config``, which is completed.

    Returns:
        ``batch_size``, ``worker_images_per_second`` of one worker process (reading, augmentation,
        holes and packing), and ``preprocessor_images_per_second``, with and without ``heatmaps``.
    """
    return {
        "batch_size": batch_size,
        "worker_images_per_second": _measure_worker(config, batch_size, seconds),
        "preprocessor_images_per_second": _measure_preprocessor(
            config, batch_size, seconds, device
        ),
    }


def read_batch(config: Config, batch_size: int) -> dict[str, Any]:
    """Return one raw training batch, read in this process."""
    return next(iter(_build_loader(config, batch_size, num_workers=0)))


def _measure_worker(config: Config, batch_size: int, seconds: float) -> float:
    """Return images a second of one worker whose batches nobody else delays."""
    batches = iter(_build_loader(config, batch_size, num_workers=1))
    for _ in range(_WARM_UP_BATCHES):
        next(batches)
    intervals: list[float] = []
    while not intervals or sum(intervals) < seconds:
        start = time.perf_counter()
        next(batches)
        intervals.append(time.perf_counter() - start)
    return batch_size / median(intervals)


def _measure_preprocessor(
    config: Config, batch_size: int, seconds: float, device: torch.device
) -> dict[str, float]:
    batch = read_batch(config, batch_size)
    calls = {}
    for name, with_heatmaps in (("with_heatmaps", True), ("without_heatmaps", False)):
        options = {**config.model.data_preprocessor, "with_heatmaps": with_heatmaps}
        calls[name] = partial(MODELS.build(options).to(device), batch, True)
        time_call(calls[name], device)
    taken = time_in_turns(calls, seconds, device)
    return {name: batch_size / median(times) for name, times in taken.items()}


def _build_loader(config: Config, batch_size: int, num_workers: int) -> Any:
    options = copy.deepcopy(config.train_dataloader)
    options.update(batch_size=batch_size, num_workers=num_workers, persistent_workers=False)
    return FCSRRunner.build_dataloader(options, seed=0)
