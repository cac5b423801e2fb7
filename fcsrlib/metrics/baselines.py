"""What no network is needed for: bicubic enlargement, and Telea's inpainting before it."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fcsrlib.errors import ContractError

TELEA_RADIUS_PX = 3


def bicubic_baseline(lr: Tensor, scale: int) -> Tensor:
    """Enlarge ``lr`` (N, 3, h, w) by ``scale``, clamped to [0, 1].

    Keys' kernel with a = -0.5, as MATLAB's and Pillow's bicubic that the field compares with;
    PyTorch's default, a = -0.75, is another one. Applied to a masked image it enlarges the hole
    as it is; after :func:`telea_baseline` it is the second reference.
    """
    # antialias=True selects a = -0.5 and changes nothing else when enlarging.
    enlarged = F.interpolate(
        lr.float(), scale_factor=scale, mode="bicubic", align_corners=False, antialias=True
    )
    return enlarged.clamp(0, 1)


def telea_baseline(lr_masked: Tensor, hole_mask: Tensor) -> Tensor:
    """Fill the hole at LR by Telea's fast marching method (2004), radius 3 px, on 8 bits.

    Args:
        lr_masked: (N, 3, h, w) in [0, 1], on the CPU; its values in the hole do not matter.
        hole_mask: (N, 1, h, w), 1 = missing. A hole over the whole image leaves it as it is.

    Returns:
        ``lr_completed`` (N, 3, h, w) in [0, 1]; visible pixels rounded to 8 bits.

    Raises:
        ContractError: The shapes do not fit.
    """
    expected = (lr_masked.shape[0], 1, *lr_masked.shape[2:])
    if lr_masked.dim() != 4 or lr_masked.shape[1] != 3 or hole_mask.shape != expected:
        raise ContractError(
            f"lr_masked is {tuple(lr_masked.shape)} and hole_mask {tuple(hole_mask.shape)}; "
            "expected (N, 3, h, w) and (N, 1, h, w) with 1 = missing."
        )
    pixels = (lr_masked.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1)
    holes = (hole_mask[:, 0] > 0.5).byte()
    filled = [
        cv2.inpaint(np.ascontiguousarray(face), hole, TELEA_RADIUS_PX, cv2.INPAINT_TELEA)
        for face, hole in zip(pixels.numpy(), holes.numpy(), strict=True)
    ]
    return torch.from_numpy(np.stack(filled)).permute(0, 3, 1, 2).float() / 255
