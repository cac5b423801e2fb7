"""PSNR and MSSIM of image batches, in float64, and the channel and rounding they are stated for."""

from __future__ import annotations

import torch
from torch import Tensor

from fcsrlib.errors import ContractError

MAX_PSNR_DB = 100.0

_WINDOW_SIDE = 11
_WINDOW_SIGMA_PX = 1.5
_K1, _K2 = 0.01, 0.03
_LUMA = (65.481 / 255, 128.553 / 255, 24.966 / 255)
_LUMA_OFFSET = 16 / 255


def quantise(image: Tensor) -> Tensor:
    """Clamp to [0, 1] and round to 8 bits, as a saved file would be; float64."""
    return (image.double().clamp(0, 1) * 255).round() / 255


def to_luma(image: Tensor) -> Tensor:
    """Return the luma (N, 1, H, W) of RGB (N, 3, H, W) in [0, 1]; float64, not rounded.

    ITU-R BT.601 in studio range, 16/255 for black to 235/255 for white: MATLAB's ``rgb2ycbcr``,
    which super-resolution figures on Y are stated for.

    Raises:
        ContractError: Not three channels.
    """
    if image.dim() != 4 or image.shape[1] != 3:
        raise ContractError(f"image is {tuple(image.shape)}; expected RGB (N, 3, H, W).")
    weights = torch.tensor(_LUMA, dtype=torch.float64, device=image.device)
    return torch.einsum("nchw,c->nhw", image.double(), weights)[:, None] + _LUMA_OFFSET


def crop_border(image: Tensor, crop_px: int) -> Tensor:
    """Cut ``crop_px`` pixels off every side of (..., H, W).

    Raises:
        ContractError: Nothing would be left, or ``crop_px`` is negative.
    """
    height, width = image.shape[-2:]
    if crop_px < 0 or 2 * crop_px >= min(height, width):
        raise ContractError(
            f"crop_px is {crop_px}; expected 0 to {(min(height, width) - 1) // 2} for images of "
            f"{height}x{width}."
        )
    return image[..., crop_px : height - crop_px, crop_px : width - crop_px]


def psnr(
    image: Tensor, target: Tensor, data_range: float = 1.0, region: Tensor | None = None
) -> Tensor:
    """Return the peak signal-to-noise ratio of each image, (N,) in dB, float64.

    Identical images get :data:`MAX_PSNR_DB` in place of infinity, so that means stay finite. One
    8-bit step in one of 128x128x3 values is 95 dB: no real difference reaches the cap.

    Args:
        image: (N, C, H, W).
        target: The same shape.
        data_range: Largest minus smallest possible value.
        region: (N, 1, H, W), 1 = counted; the error is the mean over those pixels alone. An image
            whose region is empty gets NaN, to be left out of means.

    Raises:
        ContractError: The shapes do not fit.
    """
    _check_pair(image, target)
    squared = (image.double() - target.double()).square().mean(1, keepdim=True)
    if region is None:
        error = squared.mean((1, 2, 3))
    else:
        _check_region(region, image)
        weight = region.double()
        error = (squared * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3))
    decibels = 10 * torch.log10(data_range**2 / error)
    return decibels.clamp(max=MAX_PSNR_DB)  # NaN stays NaN


def mssim(
    image: Tensor, target: Tensor, data_range: float = 1.0, region: Tensor | None = None
) -> Tensor:
    """Return the mean structural similarity of each image, (N,) in [-1, 1], float64.

    Wang et al. 2004: 11x11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, the mean over the
    map where the window lies inside the image, then over channels.

    Args:
        image: (N, C, H, W), sides of at least 11.
        target: The same shape.
        data_range: Largest minus smallest possible value.
        region: (N, 1, H, W), 1 = counted; the mean is over the windows whose centre is counted.
            An image without such a window gets NaN.

    Raises:
        ContractError: The shapes do not fit, or the window is larger than the image.
    """
    _check_pair(image, target)
    if min(image.shape[2:]) < _WINDOW_SIDE:
        raise ContractError(
            f"image is {tuple(image.shape)}; MSSIM needs sides of at least {_WINDOW_SIDE}."
        )
    # One image at a time stays in the processor's cache: four times faster than a batch of 32.
    pairs = zip(image.double(), target.double(), strict=True)
    maps = [_compute_similarity(one, two, data_range).mean(0) for one, two in pairs]
    if region is None:
        return torch.stack([one.mean() for one in maps])
    _check_region(region, image)
    weight = crop_border(region, _WINDOW_SIDE // 2)[:, 0].double()
    return (torch.stack(maps) * weight).sum((1, 2)) / weight.sum((1, 2))


def _compute_similarity(one: Tensor, two: Tensor, data_range: float) -> Tensor:
    """Return the similarity of two images (C, H, W) around each pixel, (C, H-10, W-10)."""
    stacked = torch.stack([one, two, one * one, two * two, one * two])
    mean_1, mean_2, square_1, square_2, product = _filter_gaussian(stacked)
    constant_1, constant_2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    means = mean_1 * mean_2
    powers = mean_1.square() + mean_2.square()
    covariance = product - means
    variances = square_1 + square_2 - powers
    return ((2 * means + constant_1) * (2 * covariance + constant_2)) / (
        (powers + constant_1) * (variances + constant_2)
    )


def _filter_gaussian(images: Tensor) -> Tensor:
    """Filter (..., H, W) to (..., H-10, W-10), as two products with banded matrices."""
    rows, columns = (_make_band(side, images.device) for side in images.shape[-2:])
    return rows @ images @ columns.T


def _make_band(side: int, device: torch.device) -> Tensor:
    """Return the matrix (side-10, side) whose rows are the shifted one-dimensional window."""
    offsets = torch.arange(_WINDOW_SIDE, dtype=torch.float64, device=device) - _WINDOW_SIDE // 2
    window = torch.exp(-(offsets**2) / (2 * _WINDOW_SIGMA_PX**2))
    window = window / window.sum()
    num_rows = side - _WINDOW_SIDE + 1
    band = torch.zeros(num_rows, side, dtype=torch.float64, device=device)
    first = torch.arange(num_rows, device=device)[:, None]
    columns = first + torch.arange(_WINDOW_SIDE, device=device)
    return band.scatter_(1, columns, window.expand(num_rows, -1))


def _check_pair(image: Tensor, target: Tensor) -> None:
    if image.dim() != 4 or image.shape != target.shape:
        raise ContractError(
            f"image and target are {tuple(image.shape)} and {tuple(target.shape)}; expected two "
            "of the same shape (N, C, H, W)."
        )


def _check_region(region: Tensor, image: Tensor) -> None:
    expected = (len(image), 1, *image.shape[2:])
    if tuple(region.shape) != expected:
        raise ContractError(f"region is {tuple(region.shape)}; expected {expected}, 1 = counted.")
