"""SwiftFC: completion of small faces at half a GFLOP, one half of the swift compound."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fcsrlib.contracts import Completion
from fcsrlib.errors import ConfigError
from fcsrlib.layers.attention_unet import AttentionUNet
from fcsrlib.layers.size_rule import check_hole_mask, check_side_multiple

_WIDTHS = {16: (96, 128), 32: (48, 96, 128)}
_BLOCKS = {16: (2, 3), 32: (1, 2, 3)}


class SwiftFC(nn.Module):
    """Completes an aligned low-resolution face, slot FC_BACKBONES.

    The masked face and the hole enter a U-Net of residual blocks with channel attention that ends
    at 8x8, where every pixel sees the whole face; a learned map tells each pixel where in the face
    it lies. The completion is the output alone: what the hole held is never read.

    Args:
        lr_side: Side of the face it is made for, 16 or 32; others that are multiples of
            ``size_multiple`` work too.
        widths: Channels of each level from ``lr_side`` down; None: those of ``lr_side``.
        num_blocks: Blocks of each level.

    Attributes:
        size_multiple: What both sides must be multiples of.

    Raises:
        ConfigError: ``lr_side`` is neither and no widths are given, or they are not as many.
    """

    def __init__(
        self,
        *,
        lr_side: int = 16,
        widths: tuple[int, ...] | None = None,
        num_blocks: tuple[int, ...] | None = None,
    ) -> None:
        """Create the entry, the U-Net and the exit."""
        super().__init__()
        widths = widths or _WIDTHS.get(lr_side)
        num_blocks = num_blocks or _BLOCKS.get(lr_side)
        if not widths or not num_blocks or len(widths) != len(num_blocks):
            raise ConfigError(
                f"SwiftFC: lr_side is {lr_side}, widths {widths}, num_blocks {num_blocks}; "
                f"expected a side of {list(_WIDTHS)}, or widths and num_blocks of one length."
            )
        self.entry = nn.Conv2d(4, widths[0], 3, padding=1)
        self.trunk = AttentionUNet(widths, num_blocks, lr_side)
        self.exit = nn.Conv2d(widths[0], 3, 3, padding=1)
        self.size_multiple = self.trunk.size_multiple

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete ``lr_masked`` (N, 3, h, w) in [0, 1]; ``hole_mask`` (N, 1, h, w), 1 = missing.

        Returns:
            The completed face (N, 3, h, w), not clamped.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``, or the hole does not fit.
        """
        check_side_multiple("SwiftFC", lr_masked, self.size_multiple)
        check_hole_mask("SwiftFC", lr_masked, hole_mask)
        visible = (lr_masked - 0.5) * (1 - hole_mask)
        features = self.entry(torch.cat([visible, hole_mask], 1))
        return Completion(0.5 + self.exit(self.trunk(features)))
