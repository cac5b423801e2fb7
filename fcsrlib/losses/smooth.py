"""Smooth loss (Eq. 8): total variation, of the whole image or around the hole."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.errors import ContractError
from fcsrlib.losses.pixel import select_region
from fcsrlib.losses.reduction import REDUCTIONS, check_choice, check_mask, reduce


def smooth_loss(image: Tensor, hole_mask: Tensor | None = None, reduction: str = "mean") -> Tensor:
    """Return the total variation of Eq. 8: horizontal plus vertical neighbour differences.

    Args:
        image: (N, C, H, W), both sides at least 2.
        hole_mask: (N, 1, H, W), 1 = missing. Given, only pairs with both pixels in the hole
            dilated by one pixel count, as in partial convolution: the seam and the filling, not
            the face around them. The mean still divides by all pairs.
        reduction: ``'mean'`` (the mean over horizontal pairs plus that over vertical ones) or
            ``'sum'`` (the equation's letter), see :func:`~fcsrlib.losses.reduction.reduce`.

    Raises:
        ContractError: The image is too small or the shapes do not fit.
    """
    if image.dim() != 4 or min(image.shape[2:]) < 2:
        raise ContractError(
            f"image is {tuple(image.shape)}; expected (N, C, H, W) with sides of at least 2."
        )
    across = (image[..., :, 1:] - image[..., :, :-1]).abs()
    down = (image[..., 1:, :] - image[..., :-1, :]).abs()
    if hole_mask is not None:
        check_mask(hole_mask, image)
        near = F.max_pool2d(hole_mask.to(image.dtype), kernel_size=3, stride=1, padding=1)
        across = across * near[..., :, 1:] * near[..., :, :-1]
        down = down * near[..., 1:, :] * near[..., :-1, :]
    return reduce(across, reduction) + reduce(down, reduction)


class SmoothLoss(nn.Module):
    """Smooth loss, Eq. 8.

    Args:
        region: ``'all'`` pairs (the paper), or those in the ``'hole'`` dilated by one pixel
            (partial convolution); ``forward`` then needs the hole mask.
        reduction: ``'mean'`` or ``'sum'``, see :func:`~fcsrlib.losses.reduction.reduce`.

    Raises:
        ContractError: An argument is none of these.
    """

    def __init__(self, region: str = "all", reduction: str = "mean") -> None:
        """Check and keep the arguments."""
        super().__init__()
        self.region = check_choice("region", region, ("all", "hole"))
        self.reduction = check_choice("reduction", reduction, REDUCTIONS)

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        """Return the variation of ``image`` (N, C, H, W); ``hole_mask`` (N, 1, H, W), 1 = missing.

        Raises:
            ContractError: The shapes do not fit, or ``'hole'`` is asked for without a hole mask.
        """
        return smooth_loss(image, select_region(self.region, hole_mask), self.reduction)
