"""PConv: a U-Net of partial convolutions that completes a face around its hole.

Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018; at low
resolution it is cut to the depth that the face's side allows.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import Completion
from fcsrlib.errors import ConfigError
from fcsrlib.layers.partial_conv import Masked, PartialConv2d
from fcsrlib.layers.size_rule import check_hole_mask, check_side_multiple

MAX_DEPTH = 7
_FIRST_KERNELS = (7, 5, 5)


def find_depth(lr_side: int) -> int:
    """Return how often ``lr_side`` can be halved, at most 7: 16 gives 4, 32 gives 5, 128 gives 7.

    Raises:
        ConfigError: The side is odd, so that no U-Net fits.
    """
    halvings = (lr_side & -lr_side).bit_length() - 1
    if lr_side < 2 or halvings == 0:
        raise ConfigError(f"PConvUNet: lr_side is {lr_side}; it must be an even number of pixels.")
    return min(halvings, MAX_DEPTH)


class PConvUNet(nn.Module):
    """U-Net of partial convolutions, slot FC_BACKBONES (Eq. 1).

    Encoder: stride-2 partial convolutions 7x7, 5x5, 5x5, then 3x3, of 64, 128, 256, 512, 512 ...
    channels, batch normalisation from the second on, ReLU. Decoder: nearest x2, concatenation of
    the encoder's features and masks of that size, 3x3, batch normalisation, LeakyReLU 0.2; the
    last layer, which also sees the input, has neither. Convolutions in front of a normalisation
    have no bias. Works on [0, 1] as it is: no centring inside.

    With a side of ``2**depth`` the innermost features are 1x1, so batch normalisation needs at
    least two faces a batch in training.

    Args:
        lr_side: Side of the faces in pixels; it only decides the default depth.
        depth: Number of halvings, 1 to 7; None takes the most that ``lr_side`` allows.
        base_channels: Channels of the first layer, doubled by each further one.
        max_channels: Where the doubling stops.
        freeze_encoder_norm: Whether to start as after :meth:`freeze_encoder_norm`.

    Attributes:
        size_multiple: ``2**depth``; the input's sides must be multiples of it.

    Raises:
        ConfigError: ``lr_side`` and ``depth`` do not go together.
    """

    def __init__(
        self,
        *,
        lr_side: int = 16,
        depth: int | None = None,
        base_channels: int = 64,
        max_channels: int = 512,
        freeze_encoder_norm: bool = False,
    ) -> None:
        """Create the encoder and a decoder that mirrors it."""
        super().__init__()
        depth = find_depth(lr_side) if depth is None else depth
        if not 1 <= depth <= MAX_DEPTH or lr_side % 2**depth:
            raise ConfigError(
                f"PConvUNet: depth {depth} does not fit lr_side {lr_side}; "
                f"give a depth from 1 to {find_depth(lr_side)}, or None."
            )
        self.depth = depth
        self.size_multiple = 2**depth
        widths = [3, *(min(base_channels * 2**level, max_channels) for level in range(depth))]
        self.encoder = nn.ModuleList(_make_encoder_stage(widths, level) for level in range(depth))
        self.decoder = nn.ModuleList(
            _make_decoder_stage(widths, level) for level in reversed(range(depth))
        )
        self.is_encoder_norm_frozen = False
        if freeze_encoder_norm:
            self.freeze_encoder_norm()

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
        check_side_multiple("PConvUNet", lr_masked, self.size_multiple)
        check_hole_mask("PConvUNet", lr_masked, hole_mask)
        scales = [Masked(lr_masked, 1.0 - hole_mask.float())]
        for stage in self.encoder:
            scales.append(stage(scales[-1]))
        known = scales.pop()
        for stage, skip in zip(self.decoder, reversed(scales), strict=True):
            known = stage(_enlarge(known), skip)
        return Completion(known.features)

    def freeze_encoder_norm(self) -> None:
        """Keep the statistics of the encoder's batch normalisation from now on.

        The fine-tuning of the PConv paper: holes bias the statistics. Later ``train()`` calls
        leave them in eval; gain and shift go on learning.
        """
        self.is_encoder_norm_frozen = True
        self.train(self.training)

    def train(self, mode: bool = True) -> PConvUNet:
        """Switch to training or evaluation, except for frozen normalisation."""
        super().train(mode)
        if self.is_encoder_norm_frozen:
            for module in self.encoder.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self


class _Stage(nn.Module):
    """Partial convolution, normalisation, activation; the last two may be absent."""

    def __init__(
        self, conv: PartialConv2d, norm: nn.Module | None, activation: nn.Module | None
    ) -> None:
        super().__init__()
        self.conv = conv
        self.norm = norm or nn.Identity()
        self.activation = activation or nn.Identity()

    def forward(self, *groups: Masked) -> Masked:
        features, visible_mask = self.conv(*groups)
        return Masked(self.activation(self.norm(features)), visible_mask)


def _make_encoder_stage(widths: list[int], level: int) -> _Stage:
    has_norm = level > 0
    conv = PartialConv2d(
        in_channels=widths[level],
        out_channels=widths[level + 1],
        kernel_size=_FIRST_KERNELS[level] if level < len(_FIRST_KERNELS) else 3,
        stride=2,
        bias=not has_norm,
    )
    norm = nn.BatchNorm2d(widths[level + 1]) if has_norm else None
    return _Stage(conv, norm, nn.ReLU(inplace=True))


def _make_decoder_stage(widths: list[int], level: int) -> _Stage:
    """Return the stage from the features of ``level + 1``, enlarged, to those of ``level``."""
    is_last = level == 0
    conv = PartialConv2d(
        in_channels=widths[level + 1] + widths[level],
        out_channels=widths[level],
        kernel_size=3,
        bias=is_last,
    )
    if is_last:
        return _Stage(conv, None, None)
    return _Stage(conv, nn.BatchNorm2d(widths[level]), nn.LeakyReLU(0.2, inplace=True))


def _enlarge(known: Masked) -> Masked:
    return Masked(*(functional.interpolate(part, scale_factor=2, mode="nearest") for part in known))
