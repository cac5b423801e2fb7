"""Checks of image sizes at a network's entry, with messages that name the size to bring."""

from __future__ import annotations

from torch import Tensor

from fcsrlib.errors import ContractError


def check_side_multiple(part: str, image: Tensor, multiple: int) -> None:
    """Check that both sides of ``image`` (N, C, h, w) are multiples of ``multiple``.

    Args:
        part: Name of the network, for the message.
        image: The network's input.
        multiple: What height and width must be divisible by.

    Raises:
        ContractError: A side is not; the message names the nearest sides that are.
    """
    _check_rank(part, image)
    height, width = image.shape[-2:]
    if height % multiple or width % multiple or not height or not width:
        nearest = " x ".join(
            str(max(multiple, -(-s // multiple) * multiple)) for s in (height, width)
        )
        raise ContractError(
            f"{part} got an image of {height} x {width}; both sides must be multiples of "
            f"{multiple}: resize or pad it, for example to {nearest}."
        )


def check_side_minimum(part: str, image: Tensor, minimum: int) -> None:
    """Check that both sides of ``image`` (N, C, h, w) are at least ``minimum``.

    Raises:
        ContractError: A side is shorter.
    """
    _check_rank(part, image)
    height, width = image.shape[-2:]
    if min(height, width) < minimum:
        raise ContractError(
            f"{part} got an image of {height} x {width}; both sides must be at least {minimum}: "
            f"give it larger images or build it with fewer layers."
        )


def check_hole_mask(part: str, image: Tensor, hole_mask: Tensor) -> None:
    """Check that ``hole_mask`` is one channel over the pixels of ``image`` (N, C, h, w).

    Raises:
        ContractError: It is not.
    """
    _check_rank(part, image)
    wanted = (image.shape[0], 1, *image.shape[-2:])
    if tuple(hole_mask.shape) != wanted:
        raise ContractError(
            f"{part}: hole_mask is {tuple(hole_mask.shape)}; expected {wanted} with 1 = missing."
        )


def _check_rank(part: str, image: Tensor) -> None:
    if image.ndim != 4:
        raise ContractError(
            f"{part} got {tuple(image.shape)}; expected a batch of images (N, C, h, w)."
        )
