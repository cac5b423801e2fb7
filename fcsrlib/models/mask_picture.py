"""Pictures of masks: the face, with what covers it in one colour and its outline in white."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_COLOUR = (0.95, 0.15, 0.55)
_STRENGTH = 0.45


def draw_mask(image: Tensor, mask: Tensor) -> Tensor:
    """Return the face with a mask drawn over it, (N, 3, H, W) in [0, 1].

    Args:
        image: (N, 3, H, W) in [0, 1].
        mask: (N, 1, H, W) in [0, 1]; uncertain pixels are coloured faintly.
    """
    colour = image.new_tensor(_COLOUR)[:, None, None].expand_as(image)
    painted = torch.lerp(image, colour, _STRENGTH * mask.to(image))
    is_covered = (mask > 0.5).to(image)
    outline = functional.max_pool2d(is_covered, 3, stride=1, padding=1) - is_covered
    return torch.lerp(painted, torch.ones_like(painted), outline)
