"""Accuracy of a network that finds what covers a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fcsrlib.errors import ContractError
from fcsrlib.metrics.per_image import PerImageMetric, split_rows, stack_field
from fcsrlib.registry import METRICS


def compare_masks(found: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Compare masks (N, 1, H, W), bool; each figure is (N,) float64.

    ``mask_iou``, ``mask_precision`` and ``mask_recall`` are of faces with an occluder, NaN for
    others (precision also where nothing was found); ``false_area`` is the share of the image that
    was found in a face without one, NaN for others.

    Raises:
        ContractError: The shapes differ.
    """
    if found.shape != truth.shape:
        raise ContractError(
            f"found is {tuple(found.shape)} and truth {tuple(truth.shape)}; expected one shape."
        )
    both, ours, theirs = (one.flatten(1).sum(1).double() for one in (found & truth, found, truth))
    is_covered = theirs > 0
    of_covered = torch.where(is_covered, 1.0, torch.nan).double()
    return {
        "mask_iou": both / (ours + theirs - both) * of_covered,
        "mask_precision": both / ours * of_covered,  # 0 / 0 where nothing was found
        "mask_recall": both / theirs * of_covered,
        "false_area": torch.where(is_covered, torch.nan, ours / found[0].numel()),
    }


@METRICS.register_module()
class MaskAccuracy(PerImageMetric):
    """Overlap of found and true occluders: figures of each face, averaged over the faces.

    Reports ``mask_iou``, ``mask_precision`` and ``mask_recall`` of faces with an occluder,
    ``false_area``, the share of the image found in faces without one, and ``num_images``.

    Samples are those of :class:`fcsrlib.models.occlusion_model.OcclusionModel`.

    Args:
        threshold: Probability above which a pixel is found covered, in (0, 1).
        **options: See :class:`~fcsrlib.metrics.per_image.PerImageMetric`.

    Raises:
        ContractError: A threshold outside (0, 1).
    """

    def __init__(self, threshold: float = 0.5, **options: Any) -> None:
        """Check the threshold."""
        super().__init__(**options)
        if not 0 < threshold < 1:
            raise ContractError(f"threshold is {threshold}; expected 0 < threshold < 1.")
        self.threshold = threshold
        self.protocol = f"IoU of each face's mask at probability {threshold}, mean over faces"

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Score a batch; one row an image.

        Raises:
            ContractError: A field is missing, or the images of the batch differ in size.
        """
        if not data_samples:
            return
        logits, truth = (
            stack_field(data_samples, n) for n in ("occlusion_logits", "occluder_mask")
        )
        self.results.extend(
            split_rows(compare_masks(logits.sigmoid() > self.threshold, truth > 0.5))
        )

    def summarise(self, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """Return the figures of all faces."""
        if not scores:
            return {}
        return {**super().summarise(scores), "num_images": len(scores["mask_iou"])}
