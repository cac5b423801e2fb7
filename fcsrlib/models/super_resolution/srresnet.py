"""SRResNet: residual blocks at low resolution, then sub-pixel convolutions.

Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial
Network", CVPR 2017.
"""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.contracts import Restoration
from fcsrlib.errors import ConfigError


class SRResNet(nn.Module):
    """General super-resolution without knowledge of faces, slot SR_BACKBONES.

    9x9 and PReLU; residual blocks of 3x3, batch normalisation, PReLU, 3x3, batch normalisation;
    3x3 and batch normalisation around all of which a long skip leads; for each doubling 3x3 to
    four times the channels, pixel shuffle, PReLU; 9x9. All convolutions have biases, those before
    a normalisation too: the published parameter count includes them.

    As its authors' networks do, it reads [0, 1] and ends on [-1, 1], which is brought back to
    [0, 1] here. It serves images of any side.

    Args:
        scale: Enlargement, a power of two from 2 on.
        channels: Channels throughout.
        num_blocks: Number of residual blocks.

    Raises:
        ConfigError: ``scale`` is no such power.
    """

    def __init__(self, *, scale: int = 4, channels: int = 64, num_blocks: int = 16) -> None:
        """Create the entry, the trunk, the doublings and the exit."""
        super().__init__()
        if scale < 2 or scale & (scale - 1):
            raise ConfigError(f"SRResNet: scale is {scale}; it must be 2, 4, 8 or a higher power.")
        self.scale = scale
        self.entry = nn.Sequential(nn.Conv2d(3, channels, 9, padding=4), nn.PReLU())
        self.trunk = nn.Sequential(
            *(_Block(channels) for _ in range(num_blocks)),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
        )
        num_doublings = scale.bit_length() - 1
        self.doublings = nn.Sequential(
            *(layer for _ in range(num_doublings) for layer in _make_doubling(channels))
        )
        self.exit = nn.Conv2d(channels, 3, 9, padding=4)

    def forward(self, lr: Tensor) -> Restoration:
        """Restore ``lr`` (N, 3, h, w) in [0, 1], Eq. 3.

        Returns:
            The restored face (N, 3, h*scale, w*scale), not clamped; nothing else.
        """
        features = self.entry(lr)
        features = self.doublings(features + self.trunk(features))
        return Restoration(image=(self.exit(features) + 1.0) / 2.0)


class _Block(nn.Module):
    """Residual block with normalisation and one PReLU, nothing after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.PReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.body(features)


def _make_doubling(channels: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, channels * 4, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()
