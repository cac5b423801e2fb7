"""Turns a batch of 8-bit faces into the float tensors the model reads, on its device."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from fcsrlib.data.heatmaps import known_landmarks, make_heatmaps
from fcsrlib.degradation.downsample import check_scale, downsample, upsample_bicubic
from fcsrlib.errors import DataError
from fcsrlib.registry import MODELS

Batch = dict[str, Any]


@MODELS.register_module()
class FacePreprocessor(BaseDataPreprocessor):
    """Makes the low-resolution face, its hole and the face-prior targets from packed faces.

    ============================== ==================== ==========================================
    output                         shape                meaning
    ============================== ==================== ==========================================
    ``hr_target``                  (N, 3, H, W)         face in [0, 1]
    ``hole_mask``                  (N, 1, h, w)         1 = missing
    ``lr_target``, ``lr_masked``   (N, 3, h, w)         downsampled face; the same, 0 in the hole
    ``landmark_target``            (N, K, s, s)         heatmaps, s = ``heatmap_side``
    ``landmark_known``             (N, K)               bool
    ``landmarks``                  (N, K, 2)            x, y in HR pixels, NaN where unknown
    ``parsing``                    (N, H, W)            the labels as they are, uint8
    ``parsing_target``             (N, s, s)            int64, ``UNKNOWN_LABEL`` where unknown
    ``identity``                   (N,)                 int64
    ``occluder_mask``              (N, 1, H, W)         1 = covered; where the batch has it
    ``name``, ``skipped``          lists                file names
    ============================== ==================== ==========================================

    Args:
        scale: HR side / LR side: 2, 4 or 8; None makes no low-resolution faces, and needs no holes.
        heatmap_side: Side of heatmaps and parsing targets.
        with_heatmaps: Make ``landmark_target``; leave it out where no face prior is trained.
        sigma_px: Standard deviation of the heatmaps' Gaussian, in pixels of the heatmaps.
        enlarge_lr: Bring the low-resolution tensors back to HR size by bicubic interpolation, for
            generators that work at HR throughout; holes are then drawn at HR too.
        quantise_lr: Round ``lr_target`` to 8 bits, as a stored low-resolution face would be.
        channels_last: Lay the images out with channels last in memory.
        non_blocking: Copy to the device without waiting (needs pinned memory).

    Raises:
        ConfigError: A scale that is not 2, 4 or 8.
    """

    def __init__(
        self,
        scale: int | None,
        heatmap_side: int = 64,
        with_heatmaps: bool = True,
        sigma_px: float = 1.0,
        enlarge_lr: bool = False,
        quantise_lr: bool = True,
        channels_last: bool = False,
        non_blocking: bool = False,
    ) -> None:
        """Set what to make."""
        super().__init__(non_blocking=non_blocking)
        self.scale = None if scale is None else check_scale(scale)
        self.heatmap_side = heatmap_side
        self.with_heatmaps = with_heatmaps
        self.sigma_px = sigma_px
        self.enlarge_lr = enlarge_lr
        self.quantise_lr = quantise_lr
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    def forward(self, data: Batch, training: bool = False) -> Batch:
        """Make the tensors of the class's table.

        Args:
            data: What :func:`fcsrlib.data.packing.pack_faces` returns; a batch without a face is
                handed on as it is.
            training: Has no effect; part of MMEngine's interface.

        Raises:
            DataError: ``hole_mask`` does not have the low-resolution face's size.
        """
        batch = self.cast_data(data)
        if not batch["name"]:
            return batch
        hr_target = self._lay_out(batch["hr_target"].float() / 255)
        landmarks = batch["landmarks"].float()
        made = {
            "hr_target": hr_target,
            **self._make_small(hr_target, batch),
            "landmarks": landmarks,
            "landmark_known": known_landmarks(landmarks, hr_target.shape[-1]),
            "parsing": batch["parsing"],
            "parsing_target": shrink_labels(batch["parsing"], self.heatmap_side),
            "identity": batch["identity"].long(),
            "name": batch["name"],
            "skipped": batch["skipped"],
        }
        if "occluder_mask" in batch:
            made["occluder_mask"] = batch["occluder_mask"].float()
        if self.with_heatmaps:
            made["landmark_target"] = make_heatmaps(
                landmarks, hr_target.shape[-1], self.heatmap_side, self.sigma_px
            )
        return made

    def _make_small(self, hr_target: Tensor, batch: Batch) -> Batch:
        if self.scale is None:
            return {}
        hole_mask = batch["hole_mask"].float()
        lr_target = self._lay_out(self._shrink(hr_target, self.scale))
        _check_hole_size(hole_mask, lr_target, self.scale)
        return {
            "hole_mask": hole_mask,
            "lr_target": lr_target,
            "lr_masked": lr_target * (1 - hole_mask),
        }

    def _shrink(self, hr_target: Tensor, scale: int) -> Tensor:
        # Bicubic overshoots at edges; a stored face could not.
        lr_target = downsample(hr_target, scale).clamp(0, 1)
        if self.quantise_lr:
            lr_target = (lr_target * 255).round() / 255
        if self.enlarge_lr:
            lr_target = upsample_bicubic(lr_target, scale).clamp(0, 1)
        return lr_target

    def _lay_out(self, image: Tensor) -> Tensor:
        return image.contiguous(memory_format=self.memory_format)


def shrink_labels(labels: Tensor, side: int) -> Tensor:
    """Return labels (N, H, W) at (N, side, side) by the label nearest to each centre, int64."""
    height, width = labels.shape[-2:]
    centres = torch.arange(side, device=labels.device) + 0.5
    rows, columns = (centres * (height / side)).long(), (centres * (width / side)).long()
    return labels[:, rows][:, :, columns].long()


def _check_hole_size(hole_mask: Tensor, lr_target: Tensor, scale: int) -> None:
    expected = (len(lr_target), 1, *lr_target.shape[-2:])
    if tuple(hole_mask.shape) != expected:
        raise DataError(
            f"hole_mask is {tuple(hole_mask.shape)}; expected {expected} at scale {scale}. "
            f"Set DrawHole's side to {expected[-1]}."
        )
