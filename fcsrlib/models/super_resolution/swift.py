"""SwiftSR: super-resolution of small aligned faces at 2 GFLOP, half of the swift compound."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.contracts import Restoration
from fcsrlib.errors import ConfigError
from fcsrlib.layers.attention_unet import AttentionBlock, AttentionUNet
from fcsrlib.layers.size_rule import check_side_multiple

_WIDTHS = {8: (128, 160), 4: (64, 128, 160)}
_BLOCKS = {8: (3, 3), 4: (2, 3, 3)}
_TAILS = {8: (64, 32), 4: (32,)}
_HR_SIDE = 128


class SwiftSR(nn.Module):
    """Enlarges an aligned face four or eight times, slot SR_BACKBONES.

    The same U-Net as :class:`fcsrlib.models.completion.SwiftFC`'s at low resolution, then sub-pixel
    doublings of few channels with blocks between them; the last doubling makes the image at once.
    It learns the difference from bicubic enlargement.

    Args:
        scale: Enlargement, 4 or 8.
        widths: Channels of each level of the U-Net; None: those of ``scale``.
        num_blocks: Blocks of each level.
        tail: Channels at each doubling but the last.
        num_tail_blocks: Blocks after each of them.

    Attributes:
        size_multiple: What both sides of the input must be multiples of.

    Raises:
        ConfigError: Another scale.
    """

    def __init__(
        self,
        *,
        scale: int = 8,
        widths: tuple[int, ...] | None = None,
        num_blocks: tuple[int, ...] | None = None,
        tail: tuple[int, ...] | None = None,
        num_tail_blocks: int = 2,
    ) -> None:
        """Create the entry, the U-Net and the doublings."""
        super().__init__()
        if scale not in _WIDTHS:
            raise ConfigError(f"SwiftSR: scale is {scale}; expected one of {sorted(_WIDTHS)}.")
        self.scale = scale
        widths, num_blocks = widths or _WIDTHS[scale], num_blocks or _BLOCKS[scale]
        tail = _TAILS[scale] if tail is None else tail
        self.entry = nn.Conv2d(3, widths[0], 3, padding=1)
        self.trunk = AttentionUNet(widths, num_blocks, _HR_SIDE // scale)
        self.size_multiple = self.trunk.size_multiple
        layers: list[nn.Module] = []
        for wide, narrow in zip((widths[0], *tail), tail, strict=False):
            layers += [nn.Conv2d(wide, narrow * 4, 3, padding=1), nn.PixelShuffle(2)]
            layers += [AttentionBlock(narrow) for _ in range(num_tail_blocks)]
        self.doublings = nn.Sequential(*layers)
        self.exit = nn.Sequential(
            nn.Conv2d(tail[-1] if tail else widths[0], 12, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, lr: Tensor) -> Restoration:
        """Restore ``lr`` (N, 3, h, w) in [0, 1], Eq. 3.

        Returns:
            The restored face (N, 3, h*scale, w*scale), not clamped; nothing else.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        check_side_multiple("SwiftSR", lr, self.size_multiple)
        features = self.trunk(self.entry(lr - 0.5))
        enlarged = F.interpolate(
            lr, scale_factor=float(self.scale), mode="bicubic", align_corners=False
        )
        return Restoration(image=enlarged + self.exit(self.doublings(features)))
