"""Faces a second that one data worker delivers and that the preprocessor makes ready."""

from __future__ import annotations

import copy
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from mmengine.config import Config

from fcsrlib.benchmark.stopwatch import time_call, time_in_turns
from fcsrlib.data.layouts import recognise_layout
from fcsrlib.engine.data_choice import choose_data
from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.errors import ConfigError
from fcsrlib.registry import DATASETS, MODELS

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


def compare_pack(
    config: Config, pack: str | Path, batch_size: int, seconds: float
) -> dict[str, Any]:
    """Measure training samples from the config's faces and from a pack of them, turn by turn.

    Both are made in this process, so that nothing runs beside what is timed.

    Args:
        config: Completed; its faces are the originals.
        pack: Folder that ``tools/prepare_data.py pack`` wrote.
        batch_size: Samples of one call.
        seconds: At most so long for each.

    Returns:
        ``pack``; ``samples_per_second`` (reading, augmentation, holes and stacking) and
        ``faces_read_per_second``, each with ``original``, ``pack`` and their ``ratio``.

    Raises:
        ConfigError: ``pack`` is no pack.
        DataError: It is absent or damaged.
    """
    packed = copy.deepcopy(config)
    choose_data(packed, pack)
    if recognise_layout(Path(pack)).reader != "PackedFaces":
        raise ConfigError(
            f"--pack {pack} is no pack; make one: python tools/prepare_data.py pack SOURCE PACK."
        )
    configs = {"original": config, "pack": packed}
    batches = {
        name: partial(next, iter(_build_loader(one, batch_size, num_workers=0)))
        for name, one in configs.items()
    }
    reads = {name: _make_reading(one, batch_size) for name, one in configs.items()}
    return {
        "pack": str(pack),
        "samples_per_second": _compare(batches, batch_size, seconds),
        "faces_read_per_second": _compare(reads, batch_size, seconds),
    }


def _make_reading(config: Config, count: int) -> Any:
    """Return a call that reads ``count`` faces, drawn at random, without augmenting them."""
    source = DATASETS.build(dict(config.train_dataloader.dataset.source))
    rng = np.random.default_rng(0)
    return lambda: [source.read(int(index)) for index in rng.integers(len(source), size=count)]


def _compare(calls: dict[str, Any], count: int, seconds: float) -> dict[str, float]:
    for call in calls.values():
        for _ in range(_WARM_UP_BATCHES):
            call()
    taken = time_in_turns(calls, seconds, torch.device("cpu"))
    rates = {name: count / median(times) for name, times in taken.items()}
    return {**rates, "ratio": rates["pack"] / rates["original"]}


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
