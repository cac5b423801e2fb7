"""From a config and command-line flags to all measurements of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils.dl_utils import set_multi_processing

from fcsrlib import __version__
from fcsrlib.benchmark.data_rate import compare_pack, measure_data, read_batch
from fcsrlib.benchmark.inference_rate import measure_inference
from fcsrlib.benchmark.machine import (
    PRECISIONS,
    describe_machine,
    find_device,
    measure_matrix_peak,
)
from fcsrlib.benchmark.training_step import measure_training
from fcsrlib.engine.config import complete_config
from fcsrlib.engine.data_choice import choose_data
from fcsrlib.errors import ConfigError
from fcsrlib.inference.config_weights import locate_config_weights
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
    checkpoint: str | Path | None = None,
    pack: str | Path | None = None,
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
        checkpoint: Trained weights for the section ``inference``; elsewhere they are fresh.
        say: Told what is measured next, one line each.

        pack: A pack of the same faces, compared with them in the section ``data``.

    Returns:
        ``machine``, ``config``, ``faces`` and a key for each section measured.

    Raises:
        ConfigError: An argument or a config that cannot be run.
        DataError: ``data_root`` is no folder, or holds no faces.
        CheckpointError: The checkpoint cannot be read or is of another generator.
    """
    _check_section(only)
    check_arguments(batch_size, seconds, threads)
    faces = prepare_config(config, data_root, say)
    device, machine = measure_machine(seconds, threads, say)
    result: dict[str, Any] = {
        "fcsrlib": __version__,
        "machine": machine,
        "config": config.filename,
        "faces": faces,
        "seconds": seconds,
    }
    wanted = SECTIONS if only is None else (only,)
    if "data" in wanted:
        say("data pipeline")
        result["data"] = measure_data(config, batch_size or DATA_BATCH_SIZE, seconds, device)
        if pack is not None:
            say("pack beside the originals")
            faces_a_batch = result["data"]["batch_size"]
            result["data"]["pack"] = compare_pack(config, pack, faces_a_batch, seconds)
    if wanted == ("data",):
        return result
    batch = read_batch(config, batch_size or config.train_dataloader.batch_size)
    peaks = machine["peak_flops_per_second"]
    shared: dict[str, Any] = {"peaks": peaks, "seconds": seconds, "device": device, "say": say}
    if "training" in wanted:
        result["training"] = measure_training(config, batch, **shared)
    if "inference" in wanted:
        result["inference"] = measure_inference(
            config, preprocess(config, batch, device), checkpoint=checkpoint, **shared
        )
    return result


def prepare_config(config: Config, data_root: str | Path | None, say: Callable[[str], None]) -> str:
    """Complete ``config`` in place, with faces to measure on, and return a line about those."""
    faces = choose_data(config, data_root).description
    say(f"measuring on {faces}")
    complete_config(locate_config_weights(config))
    init_default_scope("fcsrlib")
    set_multi_processing(**config.get("env_cfg", {}).get("mp_cfg", {}))
    return faces


def measure_machine(
    seconds: float, threads: int | None, say: Callable[[str], None]
) -> tuple[torch.device, dict[str, Any]]:
    """Return the device, and what it is and does at best: ``peak_flops_per_second``."""
    if threads is not None:
        torch.set_num_threads(threads)
    device = find_device()
    say("matrix products")
    peaks = {
        name: measure_matrix_peak(device, dtype, seconds) for name, dtype in PRECISIONS.items()
    }
    return device, {**describe_machine(device), "peak_flops_per_second": peaks}


def preprocess(config: Config, batch: Mapping[str, Any], device: torch.device) -> Any:
    """Return a raw batch as the config's preprocessor hands it to the model in evaluation."""
    return MODELS.build(dict(config.model.data_preprocessor)).to(device)(batch)


def check_arguments(batch_size: int | None, seconds: float, threads: int | None) -> None:
    """Check what all measurements take.

    Raises:
        ConfigError: A number out of its range.
    """
    if batch_size is not None and batch_size < 2:
        raise ConfigError(
            f"--batch-size is {batch_size}; expected 2 or more (batch normalisation needs two "
            "faces; inference measures a single face as well)."
        )
    if not 0 < seconds < float("inf"):
        raise ConfigError(f"--seconds is {seconds:g}; expected more than 0.")
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads is {threads}; expected 1 or more.")


def _check_section(only: str | None) -> None:
    if only is not None and only not in SECTIONS:
        raise ConfigError(f"--only is '{only}'; expected one of {', '.join(SECTIONS)}.")
