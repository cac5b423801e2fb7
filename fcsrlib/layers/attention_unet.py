"""A U-Net of residual blocks with channel attention, for small aligned faces."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AttentionBlock(nn.Module):
    """Two 3x3 convolutions whose sum with the input is weighted channel by channel.

    Zhang et al., "Image Super-Resolution Using Very Deep Residual Channel Attention Networks",
    ECCV 2018. There is no normalisation, which costs super-resolution accuracy.

    Args:
        channels: Channels in and out.
        reduction: Channels a unit of the attention's hidden layer.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        """Create the layers; the block starts as the identity."""
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        hidden = max(channels // reduction, 4)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the shape of ``features`` (N, C, h, w)."""
        change = self.second(F.relu(self.first(features)))
        weights = self.excite(F.relu(self.squeeze(change.mean((2, 3))))).sigmoid()
        return features + change * weights[..., None, None]


class AttentionUNet(nn.Module):
    """Maps features (N, C, h, w) to others of the same shape, seeing the whole face.

    Faces are aligned, so a learned map of each place is added at the start; a face of another side
    gets it enlarged or shrunk.

    Args:
        widths: Channels of each level, from the input's side down; each level halves the side.
        num_blocks: Blocks at each level, on the way down and again, but at the last, on the way up.
        side: Side that the map of places is made for.

    Attributes:
        size_multiple: ``2**(len(widths) - 1)``; both sides of the input must be multiples of it.
    """

    def __init__(self, widths: Sequence[int], num_blocks: Sequence[int], side: int) -> None:
        """Create both ways."""
        super().__init__()
        self.size_multiple = 2 ** (len(widths) - 1)
        self.place = nn.Parameter(torch.zeros(1, widths[0], side, side))
        self.down = nn.ModuleList(map(_make_blocks, widths, num_blocks))
        self.up = nn.ModuleList(map(_make_blocks, widths[:-1], num_blocks[:-1]))
        pairs = list(zip(widths, widths[1:], strict=False))
        self.narrow = nn.ModuleList(
            nn.Conv2d(shallow, deep, 3, stride=2, padding=1) for shallow, deep in pairs
        )
        self.widen = nn.ModuleList(
            nn.Sequential(nn.Conv2d(deep, shallow * 4, 1), nn.PixelShuffle(2))
            for shallow, deep in pairs
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the shape of ``features``."""
        place: Tensor = self.place
        if place.shape[-2:] != features.shape[-2:]:
            place = F.interpolate(
                place, size=features.shape[-2:], mode="bilinear", align_corners=False
            )
        features = features + place
        kept = []
        for level, blocks in enumerate(self.down):
            features = blocks(self.narrow[level - 1](features) if level else features)
            kept.append(features)
        for level in reversed(range(len(self.up))):
            features = self.up[level](self.widen[level](features) + kept[level])
        return features


def _make_blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(AttentionBlock(channels) for _ in range(count)))
