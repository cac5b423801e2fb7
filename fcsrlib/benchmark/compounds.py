"""The generators of several configs side by side: eager fp32 against bf16 channels last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib import __version__
from fcsrlib.benchmark.baseline_rate import measure_baselines
from fcsrlib.benchmark.data_rate import read_batch
from fcsrlib.benchmark.inference_rate import measure_inference
from fcsrlib.benchmark.suite import check_arguments, measure_machine, prepare_config, preprocess
from fcsrlib.benchmark.variants import REFERENCE, VARIANTS
from fcsrlib.errors import ConfigError

FASTEST = VARIANTS[-1]


def compare_compounds(
    configs: Sequence[Config],
    *,
    data_root: str | Path | None = None,
    batch_size: int | None = None,
    seconds: float = 5.0,
    threads: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure inference of every config on one batch of its faces, with fresh weights.

    Args:
        configs: Outputs of :func:`fcsrlib.engine.config.read_config`; completed in place.
        data_root: Faces to measure on instead of the configs'.
        batch_size: Default the config's.
        seconds: At most so long for each variant after its warm-up, but at least one call.
        threads: Threads of torch; default torch's own choice.
        say: Told what is measured next, one line each.

    Returns:
        ``machine``, ``config``, ``faces`` and ``compounds``: for each config ``config`` and what
        :func:`~fcsrlib.benchmark.inference_rate.measure_inference` returns for one face and for the
        whole batch, with two ``variants``: fp32 contiguous, and bf16 channels last. And
        ``baselines``: for each enlargement what
        :func:`~fcsrlib.benchmark.baseline_rate.measure_baselines` returns.

    Raises:
        ConfigError: An argument or a config that cannot be run.
        DataError: ``data_root`` is no folder, or holds no faces.
    """
    check_arguments(batch_size, seconds, threads)
    if not configs:
        raise ConfigError("there is no config to compare; name one or more.")
    faces = [prepare_config(config, data_root, say) for config in configs]
    device, machine = measure_machine(seconds, threads, say)
    rows, baselines = [], {}
    for config in configs:
        name = Path(config.filename or "config").stem
        say(f"{name}:")
        count = batch_size or config.train_dataloader.batch_size
        batch = preprocess(config, read_batch(config, count), device)
        measured = measure_inference(
            config,
            batch,
            peaks=machine["peak_flops_per_second"],
            seconds=seconds,
            device=device,
            say=say,
            variants=(REFERENCE, FASTEST),
        )
        rows += [{"config": name, **row} for row in measured]
        if config.scale not in baselines:
            say(f"without a network, x{config.scale}")
            baselines[config.scale] = measure_baselines(batch, config.scale, seconds)
    return {
        "fcsrlib": __version__,
        "machine": machine,
        "config": f"{len(configs)}, see below",
        "faces": "; ".join(dict.fromkeys(faces)),
        "seconds": seconds,
        "compounds": rows,
        "baselines": [row for own in baselines.values() for row in own],
    }
