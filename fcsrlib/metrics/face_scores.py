"""Scores of one batch of faces under one protocol, shared by validation and evaluation."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

from fcsrlib.metrics.functional import crop_border, mssim, psnr, quantise, to_luma


def score_lr_faces(
    image: Tensor, batch: Mapping[str, Tensor], channel: str = "rgb"
) -> dict[str, Tensor]:
    """Score completed small faces (N, 3, h, w) in [0, 1], each score (N,).

    Args:
        image: The faces; rounded to 8 bits first.
        batch: Holds ``lr_target`` and ``hole_mask``.
        channel: ``rgb`` or ``y``.
    """
    ours, target = _prepare(image, channel), _prepare(batch["lr_target"], channel)
    return {
        "lr_psnr": psnr(ours, target),
        "lr_hole_psnr": psnr(ours, target, region=batch["hole_mask"]),
    }


def score_hr_faces(
    image: Tensor, batch: Mapping[str, Tensor], channel: str = "rgb", crop_px: int = 0
) -> dict[str, Tensor]:
    """Score restored faces (N, 3, H, W) in [0, 1], each score (N,).

    Args:
        image: The faces; rounded to 8 bits first.
        batch: Holds ``hr_target`` and, at LR, ``hole_mask``, enlarged by repeating pixels.
        channel: ``rgb`` or ``y``.
        crop_px: Border left out.

    Returns:
        ``psnr``, ``mssim``, ``hole_psnr`` and ``visible_psnr``; a region without pixels gives NaN.
    """
    hole = functional.interpolate(batch["hole_mask"].float(), size=image.shape[2:], mode="nearest")
    ours, target, hole = (
        crop_border(value, crop_px)
        for value in (_prepare(image, channel), _prepare(batch["hr_target"], channel), hole)
    )
    return {
        "psnr": psnr(ours, target),
        "mssim": mssim(ours, target),
        "hole_psnr": psnr(ours, target, region=hole),
        "visible_psnr": psnr(ours, target, region=1 - hole),
    }


def _prepare(image: Tensor, channel: str) -> Tensor:
    rounded = quantise(image)
    return to_luma(rounded) if channel == "y" else rounded
