"""The low-resolution half of the degradation: antialiased bicubic resizing."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from fcsrlib.errors import ConfigError, DataError

SCALES = (2, 4, 8)


def downsample(hr: Tensor, scale: int) -> Tensor:
    """Shrink images (N, C, H, W) to (N, C, H/scale, W/scale), as Pillow's bicubic resize does.

    The result may leave the input's range a little at edges.

    Raises:
        ConfigError: A scale that is not 2, 4 or 8.
        DataError: A side that is not a multiple of the scale.
    """
    height, width = hr.shape[-2:]
    if height % check_scale(scale) or width % scale:
        raise DataError(f"The image is {width}x{height}; expected sides divisible by {scale}.")
    size = (height // scale, width // scale)
    return F.interpolate(hr, size=size, mode="bicubic", antialias=True, align_corners=False)


def upsample_bicubic(lr: Tensor, scale: int) -> Tensor:
    """Enlarge images (N, C, h, w) to (N, C, h*scale, w*scale), as Pillow's bicubic resize does.

    Raises:
        ConfigError: A scale that is not 2, 4 or 8.
    """
    size = (lr.shape[-2] * check_scale(scale), lr.shape[-1] * scale)
    return F.interpolate(lr, size=size, mode="bicubic", antialias=True, align_corners=False)


def check_scale(scale: int) -> int:
    """Return ``scale``.

    Raises:
        ConfigError: It is not 2, 4 or 8.
    """
    if scale not in SCALES:
        raise ConfigError(f"scale is {scale}; expected one of {', '.join(map(str, SCALES))}.")
    return scale
