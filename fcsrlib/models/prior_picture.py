"""Pictures of face priors: the face, its parts in colours, its landmarks as white dots."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_COLOURS = (
    (0.15, 0.15, 0.15),
    (0.95, 0.75, 0.60),
    (0.55, 0.30, 0.10),
    (0.85, 0.55, 0.15),
    (0.20, 0.45, 0.95),
    (0.20, 0.85, 0.95),
    (0.60, 0.85, 0.30),
    (0.90, 0.20, 0.35),
    (0.60, 0.05, 0.25),
    (0.95, 0.50, 0.65),
    (0.45, 0.25, 0.60),
)
_STRENGTH = 0.55


def draw_priors(image: Tensor, heatmaps: Tensor, labels: Tensor) -> Tensor:
    """Return the face with its priors drawn over it, (N, 3, H, W) in [0, 1].

    Args:
        image: (N, 3, H, W) in [0, 1].
        heatmaps: (N, K, s, s) in [0, 1].
        labels: Part of each pixel, integer (N, t, t); others than Helen's eleven are left bare.
    """
    size = image.shape[-2:]
    palette = image.new_tensor(_COLOURS)
    is_part = (labels < len(palette))[:, None].to(image)
    colours = palette[labels.long().clamp(max=len(palette) - 1)].movedim(-1, 1)
    colours, is_part = (functional.interpolate(m, size=size) for m in (colours, is_part))
    painted = torch.lerp(image, colours, _STRENGTH * is_part)
    dots = functional.interpolate(
        heatmaps.amax(1, keepdim=True).to(image), size=size, mode="bilinear", align_corners=False
    )
    return torch.lerp(painted, torch.ones_like(painted), dots.clamp(0, 1))
