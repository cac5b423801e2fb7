"""A small face prior network: what the hourglass finds, for a fortieth of its arithmetic."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.layers.normalised import make_conv
from fcsrlib.layers.normalised_unet import NormalisedUNet


class CompactPrior(NormalisedUNet):
    """Predicts the geometry of a high-resolution face at low cost, slot FACE_PRIORS.

    A U-Net from 64x64 down to 8x8 and back, of residual 3x3 convolutions: most blocks at 16x16 and
    8x8, where the whole face is in sight, one at 64x64. 1.90 M parameters and 1.40 GFLOP for a
    face of 128x128, against 26 M and 58 GFLOP of the hourglasses in FSRNet.

    Args:
        num_landmarks: Number of heatmaps K.
        num_classes: Number of face parts P.
        channels: Channels at 64x64, 32x32, 16x16 and 8x8 of a 128x128 face.
        num_blocks: Residual blocks at each of them on the way down.
        head_channels: Channels that both heads share.

    Attributes:
        size_multiple: 16; the image's sides must be multiples of it.
    """

    def __init__(
        self,
        *,
        num_landmarks: int = 81,
        num_classes: int = 11,
        channels: tuple[int, int, int, int] = (32, 64, 112, 144),
        num_blocks: tuple[int, int, int, int] = (1, 1, 2, 2),
        head_channels: int = 80,
    ) -> None:
        """Create both ways and the heads."""
        super().__init__(channels, num_blocks)
        self.num_landmarks = num_landmarks
        self.num_classes = num_classes
        self.head = make_conv(channels[0], head_channels)
        self.landmark_head = nn.Conv2d(head_channels, num_landmarks, 1)
        self.parsing_head = nn.Conv2d(head_channels, num_classes, 1)
        # Nearly every pixel of a heatmap is 0: starting there spares the first thousand updates.
        nn.init.constant_(self.landmark_head.bias, -5.0)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> FacePriors:
        """Predict the priors of ``image`` (N, 3, H, W) in [0, 1].

        Returns:
            Heatmaps (N, K, H/2, W/2) in [0, 1], after a sigmoid, and logits (N, P, H/2, W/2).

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        shared = self.head(self.see(image))
        return FacePriors(
            landmarks=torch.sigmoid(self.landmark_head(shared)), parsing=self.parsing_head(shared)
        )
