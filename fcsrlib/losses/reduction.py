"""How element-wise differences become one scalar, and the checks every loss shares."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from fcsrlib.errors import ContractError

REDUCTIONS = ("mean", "sum")


def widen(values: Tensor) -> Tensor:
    """Return ``values`` as float32, or unchanged when they are float64."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def reduce(values: Tensor, reduction: str = "mean") -> Tensor:
    """Reduce non-negative differences (N, ...) to a scalar, in float32 or wider.

    Args:
        values: One difference per element.
        reduction: ``'mean'`` over all elements, which the paper's weights are balanced for (they
            are those of partial convolution), or ``'sum'``, the letter of the equations: the sum
            over the elements of an image, averaged over the batch.
    """
    wide = widen(values)
    return wide.mean() if reduction == "mean" else wide.sum() / values.shape[0]


def check_choice(name: str, value: str, choices: Collection[str]) -> str:
    """Return ``value`` if it is one of ``choices``.

    Raises:
        ContractError: It is not.
    """
    if value not in choices:
        raise ContractError(
            f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}."
        )
    return value


def check_same_shape(image: Tensor, target: Tensor, names: str = "image and target") -> None:
    """Refuse to broadcast one image against another.

    Raises:
        ContractError: The shapes differ.
    """
    if image.shape != target.shape:
        raise ContractError(
            f"{names} are {tuple(image.shape)} and {tuple(target.shape)}; expected equal shapes. "
            "Compare LR with LR and HR with HR."
        )


def check_mask(mask: Tensor, image: Tensor, name: str = "hole_mask") -> None:
    """Check that ``mask`` is (N, 1, H, W) for ``image`` (N, C, H, W).

    Raises:
        ContractError: It has another shape.
    """
    if image.dim() != 4:
        raise ContractError(f"image is {tuple(image.shape)}; expected (N, C, H, W).")
    expected = (image.shape[0], 1, *image.shape[2:])
    if mask.shape != expected:
        raise ContractError(
            f"{name} is {tuple(mask.shape)}; expected {expected} with 1 = "
            f"{'missing' if name == 'hole_mask' else 'counted'}."
        )
