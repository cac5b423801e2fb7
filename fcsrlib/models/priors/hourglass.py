"""Face prior network: landmark heatmaps and face parts from stacked hourglasses.

The prior branch of Chen et al., "FSRNet: End-to-End Learning Face Super-Resolution with Facial
Priors", CVPR 2018; also the auxiliary network of Eq. 9.
"""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.layers.hourglass import Hourglass
from fcsrlib.layers.residual import make_residual_blocks
from fcsrlib.layers.size_rule import check_side_multiple


class HourglassPrior(nn.Module):
    """Predicts the geometry of a high-resolution face, slot FACE_PRIORS.

    7x7 stride 2, 3x3, three residual blocks, stacked hourglasses, 1x1, and a 1x1 head for each
    prior. Works on [0, 1] as it is: the first normalisation centres.

    Args:
        num_landmarks: Number of heatmaps K.
        num_classes: Number of face parts P.
        channels: Channels of the hourglasses, even.
        num_hourglasses: How many hourglasses follow each other.
        depth: Halvings inside an hourglass.
        num_blocks: Bottlenecks at each position of an hourglass.
        stem_channels: Channels of the first convolution.
        head_channels: Channels that both heads share.

    Attributes:
        size_multiple: ``2**(depth + 1)``; the image's sides must be multiples of it.
    """

    def __init__(
        self,
        *,
        num_landmarks: int = 81,
        num_classes: int = 11,
        channels: int = 256,
        num_hourglasses: int = 2,
        depth: int = 4,
        num_blocks: int = 4,
        stem_channels: int = 64,
        head_channels: int = 128,
    ) -> None:
        """Create the trunk and its two heads."""
        super().__init__()
        self.num_landmarks = num_landmarks
        self.num_classes = num_classes
        self.size_multiple = 2 ** (depth + 1)
        hourglasses = (
            Hourglass(channels=channels, depth=depth, num_blocks=num_blocks)
            for _ in range(num_hourglasses)
        )
        self.trunk = nn.Sequential(
            nn.Conv2d(3, stem_channels, 7, stride=2, padding=3),
            nn.BatchNorm2d(stem_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem_channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            make_residual_blocks(3, channels),
            *hourglasses,
            nn.Conv2d(channels, head_channels, 1),
        )
        self.landmark_head = nn.Conv2d(head_channels, num_landmarks, 1)
        self.parsing_head = nn.Conv2d(head_channels, num_classes, 1)

    def forward(self, image: Tensor) -> FacePriors:
        """Predict the priors of ``image`` (N, 3, H, W) in [0, 1].

        Returns:
            Heatmaps (N, K, H/2, W/2) in [0, 1], after a sigmoid, and logits (N, P, H/2, W/2).

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        check_side_multiple("HourglassPrior", image, self.size_multiple)
        features = self.trunk(image)
        return FacePriors(
            landmarks=self.landmark_head(features).sigmoid(), parsing=self.parsing_head(features)
        )
