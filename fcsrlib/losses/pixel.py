"""Pixel loss (Eq. 6): how far an image is from its target, everywhere or only in the hole."""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.reduction import REDUCTIONS, check_choice, check_mask, check_same_shape, reduce

NORMS = ("l1", "l2")
REGIONS = ("all", "hole", "visible")


def pixel_loss(
    image: Tensor,
    target: Tensor,
    norm: str = "l1",
    region: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the pixel loss of Eq. 6.

    Args:
        image: (N, C, H, W), about [0, 1].
        target: The same shape.
        norm: ``'l1'`` (the paper's) or ``'l2'``, the squared difference.
        region: (N, 1, H, W), weight of each pixel. The mean still divides by all elements, as the
            hole and valid terms of partial convolution do: a small hole weighs little.
        reduction: ``'mean'`` or ``'sum'``, see :func:`~fcsrlib.losses.reduction.reduce`.

    Raises:
        ContractError: The shapes do not fit.
    """
    check_same_shape(image, target)
    difference = image - target
    if region is not None:
        check_mask(region, image, "region")
        difference = difference * region
    return reduce(difference.abs() if norm == "l1" else difference.square(), reduction)


class PixelLoss(nn.Module):
    """Pixel loss, Eq. 6.

    Args:
        norm: ``'l1'`` or ``'l2'`` (mean squared error).
        region: ``'all'``, or only the ``'hole'`` or ``'visible'`` pixels; ``forward`` then needs
            the hole mask.
        reduction: ``'mean'`` or ``'sum'``, see :func:`~fcsrlib.losses.reduction.reduce`.

    Raises:
        ContractError: An argument is none of these.
    """

    def __init__(self, norm: str = "l1", region: str = "all", reduction: str = "mean") -> None:
        """Check and keep the arguments."""
        super().__init__()
        self.norm = check_choice("norm", norm, NORMS)
        self.region = check_choice("region", region, REGIONS)
        self.reduction = check_choice("reduction", reduction, REDUCTIONS)

    def forward(self, image: Tensor, target: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        """Compare ``image`` with ``target`` (N, C, H, W); ``hole_mask`` (N, 1, H, W), 1 = missing.

        Raises:
            ContractError: The shapes do not fit, or a region is asked for without a hole mask.
        """
        region = select_region(self.region, hole_mask)
        return pixel_loss(image, target, self.norm, region, self.reduction)


def select_region(region: str, hole_mask: Tensor | None) -> Tensor | None:
    """Return the weight of each pixel for ``region``, or None for all of them.

    Raises:
        ContractError: A part is asked for, but ``hole_mask`` is None.
    """
    if region == "all":
        return None
    if hole_mask is None:
        raise ContractError(
            f"region='{region}' needs hole_mask, got None; add hole_mask='hole_mask' to the "
            "term's inputs."
        )
    return hole_mask if region == "hole" else 1 - hole_mask
