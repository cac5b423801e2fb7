"""Convolutions with batch normalisation and ReLU, alone and as a residual block."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class NormalisedBlock(nn.Module):
    """Two normalised 3x3 convolutions and a skip, ``ReLU(x + BN(conv(ReLU(BN(conv(x))))))``.

    Args:
        channels: Channels in and out.
    """

    def __init__(self, channels: int) -> None:
        """Create the two convolutions."""
        super().__init__()
        self.layers = nn.Sequential(
            make_conv(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (N, C, h, w)."""
        return F.relu(features + self.layers(features))


def make_conv(
    in_channels: int, channels: int, kernel_size: int = 3, stride: int = 1
) -> nn.Sequential:
    """Return a convolution that keeps the size (at stride 1), its normalisation and a ReLU."""
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel_size, stride, kernel_size // 2, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    )
