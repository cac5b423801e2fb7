"""Speed, memory and arithmetic of the generator alone, and what bf16 changes in its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor

from fcsrlib.benchmark.flops import count_flops
from fcsrlib.benchmark.memory import count_state_bytes
from fcsrlib.benchmark.variants import LAYOUTS, REFERENCE, VARIANTS, Variant, compare_variants
from fcsrlib.metrics.functional import psnr
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.registry import MODELS


def measure_inference(
    config: Config,
    batch: Mapping[str, Any],
    *,
    peaks: Mapping[str, float],
    seconds: float,
    device: torch.device,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Measure the generator on a single face and on the whole batch.

    Args:
        config: A completed config; its generator gets fresh weights.
        batch: Output of the preprocessor, on ``device``.
        peaks: The machine's FLOP/s at each precision.
        seconds: For each variant and batch size.
        device: Where to run.
        say: Told what is measured next.

    Returns:
        For each batch size ``batch_size``, ``flops_per_image``, ``weight_bytes`` and
        ``variants``, see :func:`~fcsrlib.benchmark.variants.compare_variants`; each variant also
        has ``max_difference``, ``mean_difference`` and ``psnr`` of its restored faces against the
        reference's, both clamped to [0, 1].
    """
    generators = _build(config, device)
    rows = []
    for count in sorted({1, len(batch["lr_masked"])}):
        say(f"inference, batch {count}")
        lr_masked, hole_mask = batch["lr_masked"][:count], batch["hole_mask"][:count]
        calls = {
            variant: partial(
                _restore, generators[variant.layout], lr_masked, hole_mask, variant.is_bf16
            )
            for variant in VARIANTS
        }
        flops = count_flops(calls[REFERENCE])
        differences = _compare_outputs(calls)
        variants = compare_variants(
            calls, images=count, flops=flops, peaks=peaks, seconds=seconds, device=device
        )
        rows.append(
            {
                "batch_size": count,
                "flops_per_image": flops // count,
                "weight_bytes": count_state_bytes([generators[REFERENCE.layout]]),
                "variants": [
                    {**measured, **differences[variant]}
                    for variant, measured in zip(calls, variants, strict=True)
                ],
            }
        )
    return rows


def _build(config: Config, device: torch.device) -> dict[str, FCSRGenerator]:
    generators = {}
    for layout in LAYOUTS:
        torch.manual_seed(0)  # the same weights for both
        changes = dict(discriminator=None, face_prior=None, channels_last=layout == LAYOUTS[1])
        generators[layout] = MODELS.build({**config.model, **changes}).to(device).eval().generator
    return generators


@torch.inference_mode()
def _restore(
    generator: FCSRGenerator, lr_masked: Tensor, hole_mask: Tensor, is_bf16: bool
) -> Tensor:
    with torch.autocast(lr_masked.device.type, torch.bfloat16, enabled=is_bf16):
        return generator(lr_masked, hole_mask).restoration.image


def _compare_outputs(calls: Mapping[Variant, Callable[[], Tensor]]) -> dict[Variant, dict]:
    expected = calls[REFERENCE]().float().clamp(0, 1)
    differences = {}
    for variant, call in calls.items():
        image = call().float().clamp(0, 1)
        difference = (image - expected).abs()
        differences[variant] = {
            "max_difference": float(difference.max()),
            "mean_difference": float(difference.mean()),
            "psnr": float(psnr(image, expected).mean()),
        }
    return differences
