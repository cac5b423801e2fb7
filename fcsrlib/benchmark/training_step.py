"""Speed, memory and arithmetic of one training step in every stage of a config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapperDict, build_optim_wrapper

from fcsrlib.benchmark.flops import count_flops
from fcsrlib.benchmark.memory import count_state_bytes
from fcsrlib.benchmark.variants import LAYOUTS, REFERENCE, VARIANTS, compare_variants
from fcsrlib.models.fcsr_gan import FCSRGAN
from fcsrlib.models.stage import Stage
from fcsrlib.registry import MODELS


def measure_training(
    config: Config,
    batch: Mapping[str, Any],
    *,
    peaks: Mapping[str, float],
    seconds: float,
    device: torch.device,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Measure whole steps as training runs them, preprocessor and optimisers included.

    Args:
        config: A completed config.
        batch: A raw batch.
        peaks: The machine's FLOP/s at each precision.
        seconds: For each variant in each stage.
        device: Where to train.
        say: Told what is measured next.

    Returns:
        For each stage ``stage``, ``batch_size``, ``flops`` of a step, ``state_bytes`` (weights,
        gradients and optimiser state of all parts) and ``variants``, see
        :func:`~fcsrlib.benchmark.variants.compare_variants`.
    """
    trainers = {layout: _build(config, layout, device) for layout in LAYOUTS}
    rows = []
    for options in config.train_cfg.stages:
        stage = Stage.from_config(options)
        say(f"training step of stage '{stage.name}'")
        rows.append(_measure_stage(stage, trainers, batch, peaks, seconds, device))
    return rows


def _build(config: Config, layout: str, device: torch.device) -> tuple[FCSRGAN, OptimWrapperDict]:
    # The same weights for both layouts.
    torch.manual_seed(0)
    model = MODELS.build({**config.model, "channels_last": layout == LAYOUTS[1]}).to(device)
    return model.train(), build_optim_wrapper(model, config.optim_wrapper)


def _measure_stage(
    stage: Stage,
    trainers: Mapping[str, tuple[FCSRGAN, OptimWrapperDict]],
    batch: Mapping[str, Any],
    peaks: Mapping[str, float],
    seconds: float,
    device: torch.device,
) -> dict[str, Any]:
    for model, optimizers in trainers.values():
        model.enter_stage(stage)
        for wrapper in optimizers.values():
            # Gradients of the stage before would count as state of this one.
            wrapper.zero_grad()
    calls = {}
    for variant in VARIANTS:
        model, optimizers = trainers[variant.layout]
        calls[variant] = partial(model.train_step, [batch], optimizers, amp=variant.is_bf16)
    flops = count_flops(calls[REFERENCE])
    model, optimizers = trainers[REFERENCE.layout]
    images = len(batch["name"])
    return {
        "stage": stage.name,
        "batch_size": images,
        "flops": flops,
        "state_bytes": count_state_bytes(
            [model], [wrapper.optimizer for wrapper in optimizers.values()]
        ),
        "variants": compare_variants(
            calls, images=images, flops=flops, peaks=peaks, seconds=seconds, device=device
        ),
    }
