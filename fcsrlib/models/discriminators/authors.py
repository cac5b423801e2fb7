"""The discriminator of the FCSR-GAN authors' released code, a variant to the paper's PatchGAN."""

from __future__ import annotations

from torch import Tensor, nn

from fcsrlib.layers.size_rule import check_side_minimum


class AuthorsDiscriminator(nn.Module):
    """Six stride-2 4x4 convolutions of 64 to 2048 channels, LeakyReLU 0.01, and a 3x3 head.

    No normalisation, as the gradient penalty it was trained with wants. Reads [0, 1] and centres
    to [-1, 1] inside.

    Args:
        channels: Channels of the first layer, doubled by each further one.
        num_layers: Number of stride-2 convolutions.
    """

    def __init__(self, *, channels: int = 64, num_layers: int = 6) -> None:
        """Create the convolutions, the head without bias."""
        super().__init__()
        self.min_side = 2**num_layers
        widths = [3, *(channels * 2**level for level in range(num_layers))]
        layers: list[nn.Module] = []
        for narrow, wide in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(narrow, wide, 4, 2, padding=1), nn.LeakyReLU(0.01, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1, bias=False))

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        """Return logits, (N, 1, 2, 2) for ``image`` (N, 3, 128, 128) in [0, 1].

        Args:
            image: Real or restored faces; any sides from ``2**num_layers`` on.
            hole_mask: Not used.

        Raises:
            ContractError: A side is shorter than that.
        """
        check_side_minimum("AuthorsDiscriminator", image, self.min_side)
        logits: Tensor = self.layers(image * 2.0 - 1.0)
        return logits
