"""Residual block without normalisation."""

from __future__ import annotations

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """``x + conv(ReLU(conv(x)))`` with two 3x3 convolutions and no normalisation.

    Args:
        channels: Channels in and out.
    """

    def __init__(self, *, channels: int) -> None:
        """Create the two convolutions."""
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (N, C, h, w)."""
        return features + self.body(features)


def make_residual_blocks(count: int, channels: int) -> nn.Sequential:
    """Return ``count`` residual blocks in a row, each with its own weights."""
    return nn.Sequential(*(ResidualBlock(channels=channels) for _ in range(count)))
