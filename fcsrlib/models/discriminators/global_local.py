"""Global and local discriminator: one judges the whole face, one the square around the hole.

Li et al., "Generative Face Completion", CVPR 2017; layers, widths and initial weights are those
of its authors' released Caffe definitions (Model_globalD and Model_localD of
github.com/Yijunmaverick/GenerativeFaceCompletion), which refine DCGAN's.
"""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.errors import ConfigError
from fcsrlib.layers.hole_crop import crop_around_hole
from fcsrlib.layers.size_rule import check_hole_mask, check_side_minimum

_NUM_GLOBAL_LEVELS = 5
_NUM_LOCAL_LEVELS = 4
_HEAD_SIDE = 4


class GlobalLocalDiscriminator(nn.Module):
    """Two networks of one design, slot DISCRIMINATORS.

    Each level is a 3x3 and a 4x4 stride-2 convolution, LeakyReLU 0.2 after both; the head is a
    4x4 convolution without padding. The global one has levels of 32, 64, 128, 256 and 512
    channels and takes 128x128 to one logit; the local one lacks the first level and takes 64x64
    to one. No normalisation. Weights start from normal(0, 0.02). Reads [0, 1] and centres to
    [-1, 1] inside.

    The authors' holes are the local square itself, and the global one sees the true face around
    the completed hole. Here holes have any shape and both see the restored face.

    Args:
        channels: Channels of the global network's first level, doubled by each further one.
        crop_side: Side of the square around the hole in pixels, at least 64.

    Raises:
        ConfigError: ``crop_side`` is smaller than that.
    """

    MIN_SIDE = _HEAD_SIDE * 2**_NUM_GLOBAL_LEVELS
    MIN_CROP_SIDE = _HEAD_SIDE * 2**_NUM_LOCAL_LEVELS

    def __init__(self, *, channels: int = 32, crop_side: int = 64) -> None:
        """Create and initialise both networks."""
        super().__init__()
        if crop_side < self.MIN_CROP_SIDE:
            raise ConfigError(
                f"GlobalLocalDiscriminator: crop_side is {crop_side}; its local network halves "
                f"four times in front of a 4x4 head: give {self.MIN_CROP_SIDE} or more."
            )
        self.crop_side = crop_side
        self.min_side = max(self.MIN_SIDE, crop_side)
        widths = [channels * 2**level for level in range(_NUM_GLOBAL_LEVELS)]
        self.whole = _make_network(widths)
        self.local = _make_network(widths[-_NUM_LOCAL_LEVELS:])

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> list[Tensor]:
        """Return the global and the local logits, (N, 1, 1, 1) each at 128x128.

        Args:
            image: Real or restored faces (N, 3, H, W) in [0, 1]; any sides from 128 on.
            hole_mask: (N, 1, H, W), 1 = missing; None, and images without a hole: the square in
                the centre is judged.

        Raises:
            ContractError: A side is shorter, or the mask's shape is not the image's.
        """
        check_side_minimum("GlobalLocalDiscriminator", image, self.min_side)
        if hole_mask is not None:
            check_hole_mask("GlobalLocalDiscriminator", image, hole_mask)
        centred = image * 2.0 - 1.0
        square = crop_around_hole(centred, hole_mask, self.crop_side)
        return [self.whole(centred), self.local(square)]


def _make_network(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    previous = 3
    for width in widths:
        layers += [
            nn.Conv2d(previous, width, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, width, 4, 2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        previous = width
    network = nn.Sequential(*layers, nn.Conv2d(previous, 1, _HEAD_SIDE))
    for module in network:
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network
