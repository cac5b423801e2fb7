"""GFC: an autoencoder that completes a face from noise in its hole.

Li et al., "Generative Face Completion", CVPR 2017; layers, widths and initial weights are those
of its authors' released Caffe definition, which works at 128x128.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import Completion
from fcsrlib.errors import ConfigError
from fcsrlib.layers.size_rule import check_hole_mask, check_side_multiple

# Channels in multiples of `base_channels`. Encoder: the authors' front block, then conv1 to pool3
# of VGG-19. Decoder: from the innermost block outwards, each after an unpooling.
_ENCODER = ((1, 1), (2, 2), (4, 4), (8, 8, 8, 8))
_DECODER = ((2, 2, 2, 4), (2, 2), (2, 1), (1, 1))
MAX_POOLS = len(_ENCODER)
NOISES = ("uniform", "gray")
_NOISE_SEED = 0


class GFC(nn.Module):
    """Autoencoder with a fully connected bottleneck, slot FC_BACKBONES (Eq. 1).

    Encoder: blocks of 3x3 convolutions with ReLU of 32, 64, 128 (two each) and 256 channels
    (four), each block followed by 2x2 max pooling that remembers where its maxima were. Bottleneck:
    a fully connected layer to a quarter of the features and one back, ReLU after both. Decoder:
    blocks of 64, 64, 64, 128 | 64, 64 | 64, 32 | 32, 32 channels, each after unpooling to the
    remembered places, and a linear 3x3 convolution. No normalisation.

    No low-resolution variant was released. Here the front block is dropped below 128, which takes
    32 to 4 and 16 to 2 pixels, and the bottleneck follows with its 4:1 ratio: 4096 → 1024 and
    1024 → 256 features in place of 16384 → 4096.

    Reads and returns [0, 1]; works on [-1, 1] inside. The network is told of the hole by its
    filling alone: uniform noise in [-1, 1], drawn anew at each step of training, and in
    evaluation always the same, so that a face has one completion.

    The bottleneck has one place for each pixel of a face of ``lr_side``. A larger image is
    bottlenecked tile by tile, with the same weights and the same noise in every tile.

    Args:
        lr_side: Side of the faces in pixels; it decides the size of the bottleneck.
        num_pools: Number of halvings, 1 to 4, the blocks of the encoder that are kept from its
            inner end; None takes 4 from 128 on and 3 below.
        base_channels: Channels of the authors' front block; all others are multiples of it.
        noise: ``uniform`` as released, or ``gray``, the middle of the range.

    Attributes:
        size_multiple: ``lr_side``; the input's sides must be multiples of it.

    Raises:
        ConfigError: ``lr_side`` and ``num_pools`` do not go together, or an unknown ``noise``.
    """

    filling: Tensor

    def __init__(
        self,
        *,
        lr_side: int = 32,
        num_pools: int | None = None,
        base_channels: int = 32,
        noise: str = "uniform",
    ) -> None:
        """Create the layers with the authors' initial weights."""
        super().__init__()
        if num_pools is None:
            num_pools = MAX_POOLS if lr_side >= 128 else MAX_POOLS - 1
        if not 1 <= num_pools <= MAX_POOLS or lr_side < 1 or lr_side % 2**num_pools:
            raise ConfigError(
                f"GFC: num_pools {num_pools} does not fit lr_side {lr_side}; give 1 to "
                f"{MAX_POOLS}, with a side that is a multiple of 2**num_pools."
            )
        if noise not in NOISES:
            raise ConfigError(f"GFC: noise is '{noise}'; choose one of {', '.join(NOISES)}.")
        self.size_multiple = lr_side
        self.noise = noise
        self.inner_side = lr_side // 2**num_pools

        widths = [3]
        self.encoder = nn.ModuleList()
        for factors in _ENCODER[-num_pools:]:
            self.encoder.append(_make_block(widths, factors, base_channels))
        num_features = widths[-1] * self.inner_side**2
        self.bottleneck = nn.Sequential(
            nn.Linear(num_features, num_features // 4),
            nn.ReLU(inplace=True),
            nn.Linear(num_features // 4, num_features),
            nn.ReLU(inplace=True),
        )
        self.decoder = nn.ModuleList()
        for factors in _DECODER[:num_pools]:
            self.decoder.append(_make_block(widths, factors, base_channels))
        self.head = nn.Conv2d(widths[-1], 3, 3, padding=1)
        self._initialise()
        # Not in the state dict: it is no weight, and always the same.
        self.register_buffer("filling", _draw_filling(lr_side), persistent=False)

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete a batch of faces.

        Args:
            lr_masked: (N, 3, h, w) in [0, 1]; its content under the hole is not read.
            hole_mask: (N, 1, h, w), 1 = missing.

        Returns:
            The completed faces (N, 3, h, w), neither clamped nor composited.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``, or the mask's shape is
                not the image's.
        """
        check_side_multiple("GFC", lr_masked, self.size_multiple)
        check_hole_mask("GFC", lr_masked, hole_mask)
        features = self.fill(lr_masked * 2.0 - 1.0, hole_mask)
        places = []
        for block in self.encoder:
            features, place = functional.max_pool2d(block(features), 2, return_indices=True)
            places.append(place)
        features = self._squeeze(features)
        for block, place in zip(self.decoder, reversed(places), strict=True):
            features = block(functional.max_unpool2d(features, place, (2, 2)))
        return Completion((self.head(features) + 1.0) / 2.0)

    def fill(self, centred: Tensor, hole_mask: Tensor) -> Tensor:
        """Return ``centred`` (N, 3, h, w) in [-1, 1] with the noise in its hole."""
        if self.noise == "gray":
            filling = torch.zeros_like(centred)
        elif self.training:
            filling = torch.empty_like(centred).uniform_(-1.0, 1.0)
        else:
            rows, columns = (side // self.size_multiple for side in centred.shape[-2:])
            filling = self.filling.to(centred).repeat(1, 1, rows, columns)
        return torch.where(hole_mask > 0, filling, centred)

    def _squeeze(self, features: Tensor) -> Tensor:
        """Pass each tile of ``inner_side`` pixels through the bottleneck."""
        side = self.inner_side
        tiles = features.unflatten(3, (-1, side)).unflatten(2, (-1, side))  # N, C, a, s, b, s
        tiles = tiles.permute(0, 2, 4, 1, 3, 5)
        squeezed = self.bottleneck(tiles.flatten(3)).view(tiles.shape)
        return squeezed.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)

    def _initialise(self) -> None:
        """Draw He's normal weights over the mean of fan-in and fan-out; a tiny head; no biases."""
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_normal_(module.weight, gain=sqrt(2.0))
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.head.weight, 0.0, 1e-3)


def _make_block(widths: list[int], factors: Sequence[int], base_channels: int) -> nn.Sequential:
    """Return 3x3 convolutions with ReLU, and note the channels of each in ``widths``."""
    layers: list[nn.Module] = []
    for factor in factors:
        widths.append(base_channels * factor)
        layers += [nn.Conv2d(widths[-2], widths[-1], 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _draw_filling(side: int) -> Tensor:
    generator = torch.Generator().manual_seed(_NOISE_SEED)
    return torch.rand(1, 3, side, side, generator=generator, device="cpu") * 2.0 - 1.0
