"""Speed, memory and arithmetic of the generator alone, and what bf16 changes in its output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor

from fcsrlib.benchmark.flops import count_flops
from fcsrlib.benchmark.memory import count_state_bytes
from fcsrlib.benchmark.variants import LAYOUTS, REFERENCE, VARIANTS, Variant, compare_variants
from fcsrlib.inference import load_generator
from fcsrlib.metrics.functional import psnr
from fcsrlib.models.generator import FCSRGenerator


def measure_inference(
    config: Config,
    batch: Mapping[str, Any],
    *,
    peaks: Mapping[str, float],
    seconds: float,
    device: torch.device,
    say: Callable[[str], None],
    checkpoint: str | Path | None = None,
    variants: Sequence[Variant] = VARIANTS,
    batch_sizes: Iterable[int] | None = None,
) -> list[dict[str, Any]]:
    """Measure the generator on a single face and on the whole batch.

    Args:
        config: A completed config.
        batch: Output of the preprocessor, on ``device``.
        peaks: The machine's FLOP/s at each precision.
        seconds: For each variant and batch size.
        device: Where to run.
        say: Told what is measured next.
        checkpoint: Trained weights of the generator; without a file they are fresh.
        variants: What to compare, with :data:`~fcsrlib.benchmark.variants.REFERENCE`.
        batch_sizes: How many faces of ``batch`` a call restores; None: one, and all.

    Returns:
        For each batch size ``batch_size``, ``flops_per_image``, ``weight_bytes`` and
        ``variants``, see :func:`~fcsrlib.benchmark.variants.compare_variants`; each variant also
        has ``max_difference``, ``mean_difference`` and ``psnr`` of its restored faces against the
        reference's, both clamped to [0, 1], ``psnr_to_truth``, and ``psnr_change``, that of the
        PSNR to the truth against the reference's.

    Raises:
        CheckpointError: The checkpoint cannot be read or is of another generator.
    """
    generators = _build(config, checkpoint, device)
    rows = []
    for count in sorted(set(batch_sizes or (1, len(batch["lr_masked"])))):
        say(f"inference, batch {count}")
        lr_masked, hole_mask = batch["lr_masked"][:count], batch["hole_mask"][:count]
        calls = {
            variant: partial(
                _restore, generators[variant.layout], lr_masked, hole_mask, variant.is_bf16
            )
            for variant in variants
        }
        flops = count_flops(calls[REFERENCE])
        differences = _compare_outputs(calls, batch["hr_target"][:count])
        compared = compare_variants(
            calls, images=count, flops=flops, peaks=peaks, seconds=seconds, device=device
        )
        rows.append(
            {
                "batch_size": count,
                "flops_per_image": flops // count,
                "weight_bytes": count_state_bytes([generators[REFERENCE.layout]]),
                "variants": [
                    {**measured, **differences[variant]}
                    for variant, measured in zip(calls, compared, strict=True)
                ],
            }
        )
    return rows


def _build(
    config: Config, checkpoint: str | Path | None, device: torch.device
) -> dict[str, FCSRGenerator]:
    generators = {}
    for layout in LAYOUTS:
        torch.manual_seed(0)  # the same weights for both
        generator: Any = load_generator(config, checkpoint, device)
        if layout == "channels_last":
            generator = generator.to(memory_format=torch.channels_last)
        generators[layout] = generator
    return generators


@torch.inference_mode()
def _restore(
    generator: FCSRGenerator, lr_masked: Tensor, hole_mask: Tensor, is_bf16: bool
) -> Tensor:
    with torch.autocast(lr_masked.device.type, torch.bfloat16, enabled=is_bf16):
        return generator(lr_masked, hole_mask).hr_restored


def _compare_outputs(
    calls: Mapping[Variant, Callable[[], Tensor]], truth: Tensor
) -> dict[Variant, dict]:
    images = {variant: call().float().clamp(0, 1) for variant, call in calls.items()}
    to_truth = {variant: float(psnr(image, truth).mean()) for variant, image in images.items()}
    differences = {}
    for variant, image in images.items():
        difference = (image - images[REFERENCE]).abs()
        differences[variant] = {
            "max_difference": float(difference.max()),
            "mean_difference": float(difference.mean()),
            "psnr": float(psnr(image, images[REFERENCE]).mean()),
            "psnr_to_truth": to_truth[variant],
            "psnr_change": to_truth[variant] - to_truth[REFERENCE],
        }
    return differences
