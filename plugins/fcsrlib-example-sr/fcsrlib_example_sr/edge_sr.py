"""EdgeSR: a residual pixel-shuffle network that is shown the edges of its input."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib import ConfigError, Restoration

SCALES = (2, 4, 8)


class EdgeSR(nn.Module):
    """Bicubic enlargement plus a learned residual; slot SR_BACKBONES.

    The residual network reads the low-resolution face next to its Sobel gradients, keeps to low
    resolution for most of its depth, and enlarges by pixel shuffles of x2. 0.59 M parameters at
    x8.

    Args:
        scale: Enlargement: 2, 4 or 8.
        channels: Width.
        num_blocks: Residual blocks at low resolution.

    Raises:
        ConfigError: Another scale.
    """

    sobel: Tensor

    def __init__(self, *, scale: int = 8, channels: int = 48, num_blocks: int = 8) -> None:
        """Create the network; it starts as plain bicubic enlargement."""
        super().__init__()
        if scale not in SCALES:
            raise ConfigError(f"EdgeSR: scale is {scale}; choose one of {SCALES}.")
        self.scale = scale
        self.register_buffer("sobel", _make_sobel(), persistent=False)
        self.entry = nn.Conv2d(9, channels, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualBlock(channels) for _ in range(num_blocks)))
        self.enlarge = nn.Sequential(
            *(_make_doubling(channels) for _ in range(scale.bit_length() - 1))
        )
        self.exit = nn.Conv2d(channels, 3, 3, padding=1)
        for parameter in self.exit.parameters():
            nn.init.zeros_(parameter)

    def forward(self, lr: Tensor) -> Restoration:
        """Enlarge ``lr`` (N, 3, h, w) in [0, 1] to (N, 3, h*scale, w*scale), not clamped."""
        padded = F.pad(lr, (1, 1, 1, 1), mode="replicate")
        edges = F.conv2d(padded, self.sobel.to(lr.dtype), groups=3)
        features = self.entry(torch.cat([lr, edges], dim=1))
        features = features + self.blocks(features)
        residual = self.exit(self.enlarge(features))
        bicubic = F.interpolate(lr, scale_factor=self.scale, mode="bicubic", align_corners=False)
        return Restoration(bicubic + residual)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a ReLU, without normalisation.

    Args:
        channels: Width.
    """

    def __init__(self, channels: int) -> None:
        """Create the layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return ``features`` (N, C, h, w) plus what the layers make of them."""
        output: Tensor = features + self.layers(features)
        return output


def _make_doubling(channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, 4 * channels, 3, padding=1), nn.PixelShuffle(2), nn.ReLU()
    )


def _make_sobel() -> Tensor:
    """Return horizontal and vertical kernels for each of three channels, (6, 1, 3, 3)."""
    horizontal = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8
    return torch.stack([horizontal, horizontal.T]).repeat(3, 1, 1).unsqueeze(1)
