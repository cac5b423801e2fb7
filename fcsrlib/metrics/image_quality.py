"""PSNR and MSSIM of a validation set, beside references that need no network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from fcsrlib.errors import ContractError
from fcsrlib.metrics.baselines import bicubic_baseline, telea_baseline
from fcsrlib.metrics.face_scores import score_hr_faces, score_lr_faces
from fcsrlib.metrics.per_image import PerImageMetric, Row, split_rows, stack_field
from fcsrlib.registry import METRICS

REGIONS = {"whole": ("psnr", "mssim"), "hole": ("hole_psnr",), "visible": ("visible_psnr",)}
"""Part of the restored face → the figures that are of it."""

_INPUTS = ("lr_target", "lr_masked", "hole_mask", "hr_target")


@METRICS.register_module()
class ImageQuality(PerImageMetric):
    """Mean image quality, each value the mean over images of that of one image.

    Reports ``lr_psnr`` and ``lr_hole_psnr`` of ``lr_composite``; ``psnr``, ``mssim`` and, as
    ``regions`` says, ``hole_psnr`` and ``visible_psnr`` of ``hr_restored`` (not when a stage has no
    SR); the same under ``bicubic/`` (the masked input enlarged as it is), ``telea/`` (the hole
    filled at LR) and ``telea_bicubic/`` (then enlarged); and ``num_images``. PSNR in dB. The HR
    hole is the LR one enlarged by nearest neighbour. Every image is clamped and rounded to 8 bits
    first; an image does not count for a region that it has no pixel of, and the region's value is
    NaN when no image has one.

    Samples are dicts with CPU tensors ``lr_target``, ``lr_masked``, ``lr_composite`` (3, h, w; None
    where nothing is completed at LR), ``hole_mask`` (1, h, w), ``hr_target``, ``hr_restored``
    (3, H, W; absent or None without SR) in [0, 1], and ``name``.

    Args:
        channel: ``'rgb'``, or ``'y'`` for BT.601 luma.
        crop_px: Border left out at HR; LR images are never cropped.
        regions: Which parts of the restored face to report, out of ``whole``, ``hole`` and
            ``visible``. The visible part was given and not made, so it is left out by default.
        with_baselines: Whether to report the references. They are computed once for each image
            and kept until its name comes with another face or hole.
        prefix: Put before every name, as ``prefix/psnr``.
        collect_device: See :class:`~fcsrlib.metrics.per_image.PerImageMetric`.
        collect_dir: See MMEngine's ``BaseMetric``.

    Raises:
        ContractError: An unknown channel, a negative crop, or no or an unknown region.
    """

    def __init__(
        self,
        channel: str = "rgb",
        crop_px: int = 0,
        with_baselines: bool = True,
        prefix: str | None = None,
        collect_device: str = "gpu",
        collect_dir: str | None = None,
        regions: Sequence[str] = ("whole", "hole"),
    ) -> None:
        """Check and keep the arguments."""
        super().__init__(prefix, collect_device, collect_dir)
        if channel not in ("rgb", "y"):
            raise ContractError(f"channel is {channel!r}; expected 'rgb' or 'y'.")
        if crop_px < 0:
            raise ContractError(f"crop_px is {crop_px}; expected 0 or more.")
        if not regions or isinstance(regions, str) or not set(regions) <= set(REGIONS):
            raise ContractError(
                f"regions is {regions!r}; expected a list out of {', '.join(map(repr, REGIONS))}."
            )
        self.regions = tuple(regions)
        self.channel = channel
        self.crop_px = crop_px
        self.with_baselines = with_baselines
        self._known: dict[str, tuple[bytes, Row]] = {}

    @property
    def protocol(self) -> str:
        """What the numbers mean, to be written beside them."""
        channel = "RGB" if self.channel == "rgb" else "Y (BT.601, 16-235)"
        return f"{channel}, crop {self.crop_px} px, MSSIM Wang et al. 2004 11x11 sigma 1.5, 8-bit"

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Score a batch; one entry per image, so that padded samples can be dropped.

        Raises:
            ContractError: A field is missing, or the images of the batch differ in size.
        """
        if not data_samples:
            return
        batch = {name: stack_field(data_samples, name) for name in _INPUTS}
        has_restored = data_samples[0].get("hr_restored") is not None
        scores: dict[str, Tensor] = {}
        if data_samples[0].get("lr_composite") is not None or not has_restored:
            scores = self._score_lr(stack_field(data_samples, "lr_composite"), batch)
        if has_restored:
            batch["hr_restored"] = stack_field(data_samples, "hr_restored")
            scores |= self._score_hr(batch["hr_restored"], batch)
        rows = split_rows(scores)
        if self.with_baselines:
            names = [str(sample["name"]) for sample in data_samples]
            rows = [a | b for a, b in zip(rows, self._recall_baselines(names, batch), strict=True)]
        self.results.extend(rows)

    def compute_metrics(self, results: Sequence[Row]) -> dict[str, float]:
        """Return the mean of each value over the images that have it, and ``num_images``."""
        return {**super().compute_metrics(results), "num_images": len(results)}

    def _score_lr(self, image: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return score_lr_faces(image, batch, self.channel)

    def _score_hr(self, image: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        scores = score_hr_faces(image, batch, self.channel, self.crop_px)
        wanted = [name for region in self.regions for name in REGIONS[region]]
        return {name: scores[name] for name in wanted}

    def _recall_baselines(self, names: Sequence[str], batch: Mapping[str, Tensor]) -> list[Row]:
        """Return the references' scores, computing only those of images not seen before."""
        digests = [_digest(batch, index) for index in range(len(names))]
        rows: list[Row | None] = [
            known[1] if (known := self._known.get(name)) and known[0] == digest else None
            for name, digest in zip(names, digests, strict=True)
        ]
        new = [index for index, row in enumerate(rows) if row is None]
        if new:
            computed = split_rows(self._score_baselines({k: v[new] for k, v in batch.items()}))
            for index, row in zip(new, computed, strict=True):
                self._known[names[index]] = (digests[index], row)
                rows[index] = row
        return [row for row in rows if row is not None]

    def _score_baselines(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        scale = batch["hr_target"].shape[-1] // batch["lr_target"].shape[-1]
        telea = telea_baseline(batch["lr_masked"], batch["hole_mask"])
        parts = {
            "bicubic": self._score_hr(bicubic_baseline(batch["lr_masked"], scale), batch),
            "telea": self._score_lr(telea, batch),
            "telea_bicubic": self._score_hr(bicubic_baseline(telea, scale), batch),
        }
        return {
            f"{part}/{name}": value
            for part, scores in parts.items()
            for name, value in scores.items()
        }


def _digest(batch: Mapping[str, Tensor], index: int) -> bytes:
    """Identify what the references of one image depend on."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _INPUTS:
        digest.update(batch[name][index].contiguous().float().numpy().data)
    return digest.digest()
