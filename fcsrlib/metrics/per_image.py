"""What metrics share that keep one row of numbers an image: stacking, splitting, averaging."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.evaluator import BaseMetric
from torch import Tensor

from fcsrlib.errors import ContractError

Row = dict[str, float]


class PerImageMetric(BaseMetric):
    """Keeps a row of named numbers an image and summarises them, in whatever order they come.

    One row an image lets MMEngine drop those that pad the last batch, and sums without rounding
    make the result the same for every batch size and number of processes.

    Args:
        prefix: Put before every name, as ``prefix/psnr``.
        collect_device: How processes exchange rows: ``'gpu'``, MMEngine's name for messages of
            the process group on any device, or ``'cpu'``, files in the current folder.
        collect_dir: See MMEngine's ``BaseMetric``.
    """

    default_prefix = ""  # None would have MMEngine warn at every start

    def __init__(
        self,
        prefix: str | None = None,
        collect_device: str = "gpu",
        collect_dir: str | None = None,
    ) -> None:
        """Keep the arguments."""
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)

    def summarise(self, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """Return the mean of each column, name → one value an image, over those that have one."""
        return {name: mean_known(values) for name, values in scores.items()}

    def compute_metrics(self, results: Sequence[Row]) -> dict[str, float]:
        """Return the summary of all rows; a row may lack columns."""
        names = dict.fromkeys(name for row in results for name in row)
        return self.summarise(
            {name: [row[name] for row in results if name in row] for name in names}
        )


def mean_known(values: Sequence[float]) -> float:
    """Return the mean of the values that are not NaN, whatever their order; NaN if none is.

    >>> mean_known([1.0, float("nan"), 2.0])
    1.5
    """
    valid = [value for value in values if not math.isnan(value)]
    return math.fsum(valid) / len(valid) if valid else math.nan


def split_rows(scores: Mapping[str, Tensor]) -> list[Row]:
    """Turn name → (N,) into one dict an image."""
    columns = {name: value.tolist() for name, value in scores.items()}
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def stack_field(samples: Sequence[Mapping[str, Any]], name: str) -> Tensor:
    """Stack a field of all samples, (C, H, W) each.

    Raises:
        ContractError: A sample lacks it, or they differ in size.
    """
    values = [sample.get(name) for sample in samples]
    tensors = [value.detach() for value in values if isinstance(value, Tensor)]
    if len(tensors) < len(values):
        raise ContractError(
            f"a sample has no '{name}'; expected a tensor (C, H, W) in each of them. It has: "
            f"{', '.join(sorted(samples[0]))}."
        )
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) > 1:
        raise ContractError(
            f"the images of one batch differ in size: {name} is {sorted(shapes)}. "
            "Validate with a batch size of 1."
        )
    return torch.stack(tensors)
