"""One tiny part for each slot that holds a network: real contracts, milliseconds to run.

The module is a plugin: ``fcsrlib.register_plugin(toy, "toys")`` makes the classes known by name.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.contracts import Completion, FacePriors, Restoration
from fcsrlib.plugin.hookspecs import Register, hookimpl


class ToyFC(nn.Module):
    """Two convolutions with batch normalisation between; slot FC_BACKBONES.

    Args:
        channels: Width.

    Attributes:
        size_multiple: 1, any side will do.
    """

    size_multiple = 1

    def __init__(self, channels: int = 4) -> None:
        """Create the layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(4, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 3, 3, padding=1),
        )

    def forward(self, lr_masked: Tensor, hole_mask: Tensor) -> Completion:
        """Complete ``lr_masked`` (N, 3, h, w) in [0, 1]; ``hole_mask`` (N, 1, h, w), 1 = hole."""
        visible = lr_masked * (1 - hole_mask)
        return Completion(visible + self.layers(torch.cat([visible, hole_mask], dim=1)))


class ToySR(nn.Module):
    """Nearest enlargement and a learned residual; slot SR_BACKBONES.

    Args:
        scale: Enlargement.
        channels: Width.
    """

    def __init__(self, scale: int = 8, channels: int = 4) -> None:
        """Create the layers."""
        super().__init__()
        self.scale = scale
        self.layers = nn.Sequential(
            nn.Conv2d(3, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 3 * scale**2, 1),
            nn.PixelShuffle(scale),
        )

    def forward(self, lr: Tensor) -> Restoration:
        """Enlarge ``lr`` (N, 3, h, w) in [0, 1]; ``coarse`` is the nearest enlargement."""
        coarse = F.interpolate(lr, scale_factor=self.scale)
        return Restoration(coarse + self.layers(lr), coarse=coarse)


class ToyDiscriminator(nn.Module):
    """A stride-8 convolution and a head; slot DISCRIMINATORS.

    Args:
        channels: Width.
    """

    def __init__(self, channels: int = 4) -> None:
        """Create the layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, channels, 8, stride=8), nn.LeakyReLU(0.2), nn.Conv2d(channels, 1, 1)
        )

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        """Return logits (N, 1, H/8, W/8) for ``image`` (N, 3, H, W) in [0, 1]."""
        logits: Tensor = self.layers(image)
        return logits


class ToyFacePrior(nn.Module):
    """Average pooling and a 1x1 convolution; slot FACE_PRIORS.

    Args:
        num_landmarks: Heatmaps K.
        num_classes: Face parts P.
    """

    def __init__(self, num_landmarks: int = 81, num_classes: int = 11) -> None:
        """Create the layer."""
        super().__init__()
        self.num_landmarks = num_landmarks
        self.num_classes = num_classes
        self.head = nn.Conv2d(3, num_landmarks + num_classes, 1)

    def forward(self, image: Tensor) -> FacePriors:
        """Predict priors of ``image`` (N, 3, H, W) in [0, 1] at half its side."""
        maps = self.head(F.avg_pool2d(image, 2))
        landmarks, parsing = maps.split([self.num_landmarks, self.num_classes], dim=1)
        return FacePriors(landmarks.sigmoid(), parsing)


@hookimpl
def register_fc_backbones(register: Register) -> None:
    """Register the toy completion network."""
    register(ToyFC)


@hookimpl
def register_sr_backbones(register: Register) -> None:
    """Register the toy super-resolution network."""
    register(ToySR)


@hookimpl
def register_discriminators(register: Register) -> None:
    """Register the toy discriminator."""
    register(ToyDiscriminator)


@hookimpl
def register_face_priors(register: Register) -> None:
    """Register the toy face prior network."""
    register(ToyFacePrior)
