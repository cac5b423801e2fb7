"""Landmark heatmaps: a Gaussian for each point, drawn at its exact sub-pixel place."""

from __future__ import annotations

import torch
from torch import Tensor


def make_heatmaps(
    landmarks: Tensor, image_side: int, heatmap_side: int, sigma_px: float = 1.0
) -> Tensor:
    """Draw ``exp(-d^2 / (2 sigma^2))`` around each landmark, the target of Eq. 9.

    Args:
        landmarks: x, y in pixels of the image, pixel centres at integers, float (N, K, 2).
        image_side: Side of the image the landmarks refer to.
        heatmap_side: Side of the maps; x becomes ``(x + 0.5) * heatmap_side / image_side - 0.5``.
        sigma_px: Standard deviation in pixels of the maps.

    Returns:
        Maps in [0, 1], (N, K, heatmap_side, heatmap_side), with peak 1 at the landmark's exact
        place; all zero where a landmark is not finite. A point outside leaves its tail inside.
    """
    places = (landmarks + 0.5) * (heatmap_side / image_side) - 0.5
    grid = torch.arange(heatmap_side, device=places.device, dtype=places.dtype)
    # The Gaussian is separable: one profile in x and one in y, multiplied.
    profiles = torch.exp((grid - places.unsqueeze(-1)).square() / (-2 * sigma_px**2))
    profiles = torch.where(torch.isfinite(places).all(-1)[..., None, None], profiles, 0.0)
    across, down = profiles.unbind(-2)
    return down.unsqueeze(-1) * across.unsqueeze(-2)


def known_landmarks(landmarks: Tensor, side: int) -> Tensor:
    """Return which landmarks (N, K, 2) are finite and inside an image of ``side``, bool (N, K)."""
    inside = (landmarks >= -0.5) & (landmarks < side - 0.5)
    return inside.all(-1)
