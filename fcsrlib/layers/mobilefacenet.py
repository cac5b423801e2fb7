"""MobileFaceNet: a face recognition network small enough to stand inside a loss.

Chen et al., "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile
Devices", CCBR 2018; layers and names are those of github.com/Xiaoccer/MobileFaceNet_Pytorch, whose
checkpoint fits. It is in no slot: it judges faces and does not make them.
"""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.errors import ContractError

HEIGHT, WIDTH = 112, 96
EMBEDDING = 128

FIVE_POINTS = (
    (30.2946, 51.6963),
    (65.5318, 51.5014),
    (48.0252, 71.7366),
    (33.5493, 92.3655),
    (62.7299, 92.2041),
)
"""Where the network expects the eye on the image's left, the other eye, the tip of the nose and the
mouth's corners: x, y in pixels, pixel centres at integers."""

_BOTTLENECKS = (  # expansion, channels, repeats, stride of the first
    (2, 64, 5, 2),
    (4, 128, 1, 2),
    (2, 128, 6, 1),
    (4, 128, 1, 2),
    (2, 128, 2, 1),
)


class MobileFaceNet(nn.Module):
    """Maps a face to 128 numbers; those of one person point in the same direction.

    Fifteen bottlenecks of depthwise convolutions, then one weight for each place of the last 7x6
    map. 0.999 M parameters.
    """

    def __init__(self) -> None:
        """Create the layers under the names of the published checkpoint."""
        super().__init__()
        self.conv1 = _Conv(3, 64, 3, stride=2, padding=1)
        self.dw_conv1 = _Conv(64, 64, 3, padding=1, groups=64)
        blocks, width = [], 64
        for expansion, channels, repeats, stride in _BOTTLENECKS:
            for index in range(repeats):
                blocks.append(_Bottleneck(width, channels, expansion, 1 if index else stride))
                width = channels
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = _Conv(width, 512, 1)
        self.linear7 = _Conv(512, 512, (7, 6), groups=512, is_linear=True)
        self.linear1 = _Conv(512, EMBEDDING, 1, is_linear=True)

    def forward(self, faces: Tensor) -> Tensor:
        """Return the embeddings (N, 128), to be compared by their cosine.

        Args:
            faces: (N, 3, 112, 96), RGB in [0, 1], eyes and mouth at :data:`FIVE_POINTS`.

        Raises:
            ContractError: Another shape.
        """
        if faces.ndim != 4 or tuple(faces.shape[1:]) != (3, HEIGHT, WIDTH):
            raise ContractError(
                f"MobileFaceNet got {tuple(faces.shape)}; expected RGB (N, 3, {HEIGHT}, {WIDTH})."
            )
        features = self.dw_conv1(self.conv1((faces - 0.5) * (255 / 128)))
        features = self.conv2(self.blocks(features))
        vectors: Tensor = self.linear1(self.linear7(features)).flatten(1)
        return vectors


class _Conv(nn.Module):
    """A convolution without bias, BatchNorm and, unless linear, PReLU with a slope a channel."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        kernel_size: int | tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        is_linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, channels, kernel_size, stride, padding, groups=groups, bias=False
        )
        self.bn = nn.BatchNorm2d(channels)
        self.prelu = nn.Identity() if is_linear else nn.PReLU(channels)

    def forward(self, features: Tensor) -> Tensor:
        activated: Tensor = self.prelu(self.bn(self.conv(features)))
        return activated


class _Bottleneck(nn.Module):
    """1x1 to ``expansion`` times the channels, depthwise 3x3, linear 1x1, a shortcut if it fits."""

    def __init__(self, in_channels: int, channels: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = in_channels * expansion
        self.has_shortcut = stride == 1 and in_channels == channels
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        made: Tensor = self.conv(features)
        return features + made if self.has_shortcut else made
