"""Intersection over union of face parts, from counts that add up over a data set."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.errors import ContractError


def count_overlap(prediction: Tensor, target: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Count each class's pixels in both maps and in either, the parts of its IoU.

    The IoU of a data set is the sum of all intersections over the sum of all unions, so these
    counts are what has to be added up; a mean of the images' IoU would be another number.

    Args:
        prediction: Logits (N, P, h, w), of which the largest counts, or labels (N, h, w).
        target: Labels (N, h, w), 0 to P - 1; 255 = unknown, pixels that are left out.
        num_classes: P.

    Returns:
        Intersection and union, each (N, P) float64; NaN for an image without a known pixel.

    Raises:
        ContractError: The shapes do not fit, or there are labels beyond ``num_classes``.
    """
    labels = prediction.argmax(1) if prediction.dim() == 4 else prediction.long()
    truth = target.long()
    known = truth != UNKNOWN_LABEL
    if labels.shape != truth.shape or truth.dim() != 3:
        raise ContractError(
            f"prediction is {tuple(prediction.shape)} and target {tuple(target.shape)}; expected "
            "(N, P, h, w) or (N, h, w), and (N, h, w)."
        )
    for name, values in (("prediction", labels[known]), ("target", truth[known])):
        if values.numel() and not 0 <= int(values.min()) <= int(values.max()) < num_classes:
            raise ContractError(
                f"{name} has labels {int(values.min())} to {int(values.max())}; expected 0 to "
                f"{num_classes - 1}, or {UNKNOWN_LABEL} for unknown in the target."
            )
    offsets = torch.arange(len(truth), device=truth.device)[:, None, None] * num_classes
    intersection, ours, theirs = (
        torch.bincount(chosen, minlength=len(truth) * num_classes).view(-1, num_classes).double()
        for chosen in (
            (labels + offsets)[known & (labels == truth)],
            (labels + offsets)[known],
            (truth + offsets)[known],
        )
    )
    is_empty = ~known.flatten(1).any(1, keepdim=True)
    union = ours + theirs - intersection
    return intersection.masked_fill(is_empty, torch.nan), union.masked_fill(is_empty, torch.nan)


def parsing_iou(intersection: Tensor, union: Tensor) -> Tensor:
    """Return intersection over union of counts of one shape; NaN where the union is empty."""
    return intersection / union  # 0 / 0 is NaN


def mean_iou(intersection: Tensor, union: Tensor) -> Tensor:
    """Return the mean IoU (...) of counts (..., P) over the classes that occur.

    For a data set, give counts summed over its images; for each image, its own.
    """
    return parsing_iou(intersection, union).nanmean(-1)
