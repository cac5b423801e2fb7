"""The U-Net of normalised residual blocks that small networks reading whole faces share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.layers.normalised import NormalisedBlock, make_conv
from fcsrlib.layers.size_rule import check_side_multiple

_LEVELS = 4


class NormalisedUNet(nn.Module):
    """From a face down to a sixteenth of its side and back to half; a base for networks.

    A subclass adds its heads and calls :meth:`see`.

    Args:
        channels: Channels at 1/2, 1/4, 1/8 and 1/16 of the face's side.
        num_blocks: Residual blocks at each of them on the way down; one each on the way up.

    Attributes:
        size_multiple: 16; the image's sides must be multiples of it.
    """

    size_multiple = 2**_LEVELS

    def __init__(self, channels: Sequence[int], num_blocks: Sequence[int]) -> None:
        """Create both ways."""
        super().__init__()
        widths = (3, *channels)
        self.down = nn.ModuleList(
            nn.Sequential(
                make_conv(widths[level], widths[level + 1], stride=2),
                *(NormalisedBlock(widths[level + 1]) for _ in range(num_blocks[level])),
            )
            for level in range(_LEVELS)
        )
        self.narrow = nn.ModuleList(
            make_conv(deep, shallow, kernel_size=1)
            for shallow, deep in zip(channels, channels[1:], strict=False)
        )
        self.up = nn.ModuleList(NormalisedBlock(width) for width in channels[:-1])

    def see(self, image: Tensor) -> Tensor:
        """Return features (N, C, H/2, W/2) of ``image`` (N, 3, H, W), C the first of ``channels``.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        check_side_multiple(type(self).__name__, image, self.size_multiple)
        features: Any = image
        kept: list[Tensor] = []
        for stage in self.down:
            features = stage(features)
            kept.append(features)
        for level in reversed(range(_LEVELS - 1)):
            wide = F.interpolate(self.narrow[level](features), scale_factor=2.0, mode="nearest")
            features = self.up[level](wide + kept[level])
        seen: Tensor = features
        return seen
