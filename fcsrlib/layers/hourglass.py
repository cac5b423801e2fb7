"""Hourglass: features seen at every scale from full size down and back up again.

Newell et al., "Stacked Hourglass Networks for Human Pose Estimation", ECCV 2016.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class PreActivationBottleneck(nn.Module):
    """Residual block 1x1, 3x3, 1x1, each after batch normalisation and ReLU.

    Args:
        channels: Channels in and out, even; the inner convolutions have half of them.
    """

    def __init__(self, *, channels: int) -> None:
        """Create the three convolutions.

        All have biases, the two before a normalisation too, where they have no effect: the
        published parameter count includes them.
        """
        super().__init__()
        inner = channels // 2
        self.body = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, inner, 1),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, inner, 3, padding=1),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, channels, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (N, C, h, w)."""
        return features + self.body(features)


class Hourglass(nn.Module):
    """One hourglass: a branch at this size plus, half as large, an hourglass one level less deep.

    Args:
        channels: Channels in, out and throughout.
        depth: Number of halvings; both sides must be multiples of ``2**depth``.
        num_blocks: Bottlenecks at each position.
    """

    def __init__(self, *, channels: int, depth: int = 4, num_blocks: int = 4) -> None:
        """Create this level and, recursively, those below."""
        super().__init__()

        def make_blocks() -> nn.Sequential:
            blocks = (PreActivationBottleneck(channels=channels) for _ in range(num_blocks))
            return nn.Sequential(*blocks)

        self.skip = make_blocks()
        self.descend = make_blocks()
        self.inner = (
            Hourglass(channels=channels, depth=depth - 1, num_blocks=num_blocks)
            if depth > 1
            else make_blocks()
        )
        self.ascend = make_blocks()

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape (N, C, h, w)."""
        lower = self.ascend(self.inner(self.descend(functional.max_pool2d(features, 2))))
        return self.skip(features) + functional.interpolate(lower, scale_factor=2, mode="nearest")
