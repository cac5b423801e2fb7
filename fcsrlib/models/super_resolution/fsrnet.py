"""FSRNet: super-resolution of faces guided by their predicted geometry.

Chen et al., "FSRNet: End-to-End Learning Face Super-Resolution with Facial Priors", CVPR 2018.
"""

from __future__ import annotations

from math import gcd

import torch
from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import FacePriors, Restoration
from fcsrlib.layers.residual import make_residual_blocks
from fcsrlib.layers.size_rule import check_side_multiple
from fcsrlib.models.priors.hourglass import HourglassPrior


class FSRNet(nn.Module):
    """Coarse restoration, face priors from it, and a fine restoration from both; SR_BACKBONES.

    The network works at high resolution: its first step is bicubic upsampling by ``scale`` (the
    kernel with a = -0.75, not clamped). A coarse network cleans that up; a prior network and a
    fine encoder read the coarse image; the fine decoder reads the encoder's features together
    with the predicted maps, landmarks after their sigmoid and parsing after a softmax, so that
    both lie in [0, 1]. Works on [0, 1] as it is: the first normalisation centres.

    Args:
        scale: Enlargement.
        channels: Channels of the coarse and the fine network.
        prior_channels: Channels of the prior network's hourglasses, even.
        num_landmarks: Number of heatmaps K.
        num_classes: Number of face parts P.
        num_hourglasses: How many hourglasses follow each other.
        hourglass_depth: Halvings inside an hourglass.
        num_fine_blocks: Residual blocks of the fine encoder, each with its own weights.

    Attributes:
        size_multiple: The LR input's sides must be multiples of it: 4 at x8, 8 at x4.
    """

    def __init__(
        self,
        *,
        scale: int = 8,
        channels: int = 64,
        prior_channels: int = 256,
        num_landmarks: int = 81,
        num_classes: int = 11,
        num_hourglasses: int = 2,
        hourglass_depth: int = 4,
        num_fine_blocks: int = 12,
    ) -> None:
        """Create the coarse network, the prior network, the fine encoder and decoder."""
        super().__init__()
        self.scale = scale
        self.coarse = nn.Sequential(
            *_make_entry(3, channels),
            make_residual_blocks(3, channels),
            nn.Conv2d(channels, 3, 3, padding=1),
        )
        self.prior = HourglassPrior(
            num_landmarks=num_landmarks,
            num_classes=num_classes,
            channels=prior_channels,
            num_hourglasses=num_hourglasses,
            depth=hourglass_depth,
        )
        self.fine_encoder = nn.Sequential(
            *_make_entry(3, channels, stride=2),
            make_residual_blocks(num_fine_blocks, channels),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.fine_decoder = nn.Sequential(
            *_make_entry(channels + num_landmarks + num_classes, channels),
            nn.Upsample(scale_factor=2, mode="nearest"),
            make_residual_blocks(3, channels),
            nn.Conv2d(channels, 3, 3, padding=1),
        )
        hr_multiple = self.prior.size_multiple
        self.size_multiple = hr_multiple // gcd(hr_multiple, scale)

    def forward(self, lr: Tensor) -> Restoration:
        """Restore ``lr`` (N, 3, h, w) in [0, 1], Eq. 3.

        Returns:
            The restored face and the coarse one, (N, 3, h*scale, w*scale), not clamped, and the
            priors predicted from the coarse one, at half that side.

        Raises:
            ContractError: A side is not a multiple of ``size_multiple``.
        """
        check_side_multiple("FSRNet", lr, self.size_multiple)
        enlarged = functional.interpolate(
            lr, scale_factor=self.scale, mode="bicubic", align_corners=False
        )
        hr_coarse = self.coarse(enlarged)
        priors: FacePriors = self.prior(hr_coarse)
        features = self.fine_encoder(hr_coarse)
        guided = torch.cat([features, priors.landmarks, priors.parsing.softmax(1)], 1)
        return Restoration(image=self.fine_decoder(guided), coarse=hr_coarse, priors=priors)


def _make_entry(in_channels: int, channels: int, stride: int = 1) -> list[nn.Module]:
    """Return a 3x3 convolution with batch normalisation and ReLU."""
    return [
        nn.Conv2d(in_channels, channels, 3, stride, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    ]
