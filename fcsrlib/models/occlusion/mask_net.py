"""A small network that finds what covers a face, for faces that come without a mask."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.layers.normalised import make_conv
from fcsrlib.layers.normalised_unet import NormalisedUNet
from fcsrlib.registry import MODELS


@MODELS.register_module()
class MaskNet(NormalisedUNet):
    """Tells of each pixel of a high-resolution face whether something stands before the face there.

    A U-Net from 64x64 down to 8x8 and back, of residual 3x3 convolutions; its last two layers see
    the photograph again, so that the outline is found at full resolution. 0.94 M parameters and
    0.70 GFLOP for a face of 128x128.

    Args:
        channels: Channels at 64x64, 32x32, 16x16 and 8x8 of a 128x128 face.
        num_blocks: Residual blocks at each of them on the way down.
        edge_channels: Channels at full resolution.

    Attributes:
        size_multiple: 16; the image's sides must be multiples of it.
    """

    def __init__(
        self,
        *,
        channels: tuple[int, int, int, int] = (24, 48, 72, 104),
        num_blocks: tuple[int, int, int, int] = (1, 2, 2, 2),
        edge_channels: int = 8,
    ) -> None:
        """Create both ways and the layers at full resolution."""
        super().__init__(channels, num_blocks)
        self.last = make_conv(channels[0], edge_channels, kernel_size=1)
        self.edge = make_conv(edge_channels + 3, edge_channels)
        self.head = nn.Conv2d(edge_channels, 1, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (N, 1, H, W) of ``image`` (N, 3, H, W) in [0, 1]; above 0 = covered.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        wide = F.interpolate(
            self.last(self.see(image)), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        logits: Tensor = self.head(self.edge(torch.cat([wide, image.to(wide)], 1)))
        return logits
