"""From a config and command-line flags to all measurements of one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils.dl_utils import set_multi_processing

from fcsrlib import __version__
from fcsrlib.benchmark.data_rate import measure_data, read_batch
from fcsrlib.benchmark.inference_rate import measure_inference
from fcsrlib.benchmark.machine import (
    PRECISIONS,
    describe_machine,
    find_device,
    measure_matrix_peak,
)
from fcsrlib.benchmark.training_step import measure_training
from fcsrlib.engine.config import choose_data, complete_config
from fcsrlib.errors import ConfigError
from fcsrlib.registry import MODELS

SECTIONS = ("data", "training", "inference")
DATA_BATCH_SIZE = 16


def run_benchmark(
    config: Config,
    *,
    only: str | None = None,
    data_root: str | Path | None = None,
    batch_size: int | None = None,
    seconds: float = 5.0,
    threads: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure the machine and what ``config`` does on it.

    Args:
        config: Output of :func:`fcsrlib.engine.config.read_config`; it is completed in place.
        only: One of :data:`SECTIONS`; None measures all.
        data_root: Faces to measure on instead of the config's.
        batch_size: Of all sections; default 16 for data, the config's for the others.
        seconds: At most so long for each variant after its warm-up, but at least one call.
        threads: Threads of torch; default torch's own choice.
        say: Told what is measured next, one line each.

    Returns:
        ``machine``, ``config``, ``faces`` and a key for each section measured.

    Raises:
        ConfigError: An argument or a config that cannot be run.
        DataError: ``data_root`` is no folder, or holds no faces.
    """
    _check_arguments(only, batch_size, seconds, threads)
    faces = choose_data(config, data_root)
    say(f"measuring on {faces}")
    complete_config(config)
    init_default_scope("fcsrlib")
    set_multi_processing(**config.get("env_cfg", {}).get("mp_cfg", {}))
    if threads is not None:
        torch.set_num_threads(threads)
    device = find_device()
    say("matrix products")
    peaks = {
        name: measure_matrix_peak(device, dtype, seconds) for name, dtype in PRECISIONS.items()
    }
    result: dict[str, Any] = {
        "fcsrlib": __version__,
        "machine": {**describe_machine(device), "peak_flops_per_second": peaks},
        "config": config.filename,
        "faces": faces,
        "seconds": seconds,
    }
    wanted = SECTIONS if only is None else (only,)
    if "data" in wanted:
        say("data pipeline")
        result["data"] = measure_data(config, batch_size or DATA_BATCH_SIZE, seconds, device)
    if wanted == ("data",):
        return result
    batch = read_batch(config, batch_size or config.train_dataloader.batch_size)
    shared: dict[str, Any] = {"peaks": peaks, "seconds": seconds, "device": device, "say": say}
    if "training" in wanted:
        result["training"] = measure_training(config, batch, **shared)
    if "inference" in wanted:
        preprocessor = MODELS.build(dict(config.model.data_preprocessor)).to(device)
        result["inference"] = measure_inference(config, preprocessor(batch), **shared)
    return result


def _check_arguments(
    only: str | None, batch_size: int | None, seconds: float, threads: int | None
) -> None:
    if only is not None and only not in SECTIONS:
        raise ConfigError(f"--only is '{only}'; expected one of {', '.join(SECTIONS)}.")
    if batch_size is not None and batch_size < 2:
        raise ConfigError(
            f"--batch-size is {batch_size}; expected 2 or more (batch normalisation needs two "
            "faces; inference measures a single face as well)."
        )
    if not 0 < seconds < float("inf"):
        raise ConfigError(f"--seconds is {seconds:g}; expected more than 0.")
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads is {threads}; expected 1 or more.")
