"""Partial convolution: a convolution that sees only known pixels.

Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018, Eq. 1-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional


class Masked(NamedTuple):
    """Features and where they are known.

    Attributes:
        features: (N, C, h, w); what they hold where unknown is never read.
        visible_mask: (N, 1, h, w), 1 = known, 0 = unknown, float32 or wider; one for all channels.
    """

    features: Tensor
    visible_mask: Tensor


def partial_conv2d(
    groups: Sequence[Masked],
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
) -> Masked:
    """Convolve the concatenation of ``groups`` over their known pixels only.

    ``W^T (X * M) * sum(1) / sum(M) + b`` where the window holds a known value, 0 elsewhere; the
    new mask is 1 exactly there. Both sums run over the channels and pixels of the window. Zero
    padding counts as unknown but stays in ``sum(1)``, as in the layer its authors released, so
    that the image border is treated like the rim of a hole.

    Channels that share a mask form a group: ``sum(M)`` weighs each group's one-channel mask by
    its number of channels, which equals per-channel masks at a small part of the cost.

    Args:
        groups: Features with their masks, all of one size; their channels add up to C.
        weight: (K, C, kh, kw).
        bias: (K,) or None.
        stride: Step in pixels.
        padding: Zero padding in pixels, at most half the kernel.

    Returns:
        (N, K, h', w') and its mask. A window without a known value gives 0, never NaN.
    """
    known = [features * visible.to(features.dtype) for features, visible in groups]
    raw = functional.conv2d(
        torch.cat(known, 1) if len(known) > 1 else known[0], weight, None, stride, padding
    )

    coverage = measure_coverage(groups, (weight.shape[2], weight.shape[3]), stride, padding)
    visible_mask = (coverage > 0).to(coverage.dtype)
    smallest = 0.5 / weight[0].numel()  # half of one known value: keeps the quotient finite
    gain = visible_mask / coverage.clamp(min=smallest)

    # The masks are worked out in float32; under autocast only the finished factor is rounded.
    output = raw * gain.to(raw.dtype)
    if bias is not None:
        shift = bias.to(raw.dtype).view(1, -1, 1, 1)
        output = torch.addcmul(output, shift, visible_mask.to(raw.dtype))
    return Masked(output, visible_mask)


def measure_coverage(
    groups: Sequence[Masked], kernel_size: tuple[int, int], stride: int = 1, padding: int = 0
) -> Tensor:
    """Return ``sum(M) / sum(1)`` over each window, (N, 1, h', w') in [0, 1]."""
    channels = [features.shape[1] for features, _ in groups]
    density = groups[0].visible_mask
    if len(groups) > 1:
        terms = [count * visible for count, (_, visible) in zip(channels, groups, strict=True)]
        density = torch.stack(terms).sum(0) / sum(channels)
    return functional.avg_pool2d(density, kernel_size, stride, padding)


class PartialConv2d(nn.Module):
    """:func:`partial_conv2d` with weights of its own.

    Args:
        in_channels: Channels of all groups together.
        out_channels: Channels of the result.
        kernel_size: Odd side of the square window; padding is half of it.
        stride: Step in pixels.
        bias: Whether to add a bias where something is known.
    """

    def __init__(
        self,
        *,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        bias: bool = True,
    ) -> None:
        """Create the weights, initialised as an ordinary convolution's."""
        super().__init__()
        self.stride = stride
        self.padding = kernel_size // 2
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, bias=bias)

    def forward(self, *groups: Masked) -> Masked:
        """Convolve the groups of features, see :func:`partial_conv2d`."""
        conv = self.conv
        return partial_conv2d(groups, conv.weight, conv.bias, self.stride, self.padding)
