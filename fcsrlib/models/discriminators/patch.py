"""PatchGAN: a discriminator that judges every 70x70 patch by itself.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from fcsrlib.errors import ConfigError
from fcsrlib.layers.size_rule import check_side_minimum

_NORMS: dict[str, Callable[[int], nn.Module] | None] = {
    "batch": nn.BatchNorm2d,
    "instance": nn.InstanceNorm2d,
    "none": None,
    "spectral": None,
}


class PatchGAN(nn.Module):
    """4x4 convolutions of 64, 128, 256 (stride 2), 512 and 1 channels (stride 1), LeakyReLU 0.2.

    Reads [0, 1] and centres to [-1, 1] inside, as its original was trained. Weights start from
    normal(0, 0.02). A logit judges a 70x70 patch.

    Args:
        channels: Channels of the first layer.
        norm: ``batch`` or ``instance`` after the second to fourth convolution, ``spectral`` on
            the weights of every convolution, or ``none``.

    Raises:
        ConfigError: Unknown ``norm``.
    """

    MIN_SIDE = 24

    def __init__(self, *, channels: int = 64, norm: str = "batch") -> None:
        """Create and initialise the five convolutions."""
        super().__init__()
        if norm not in _NORMS:
            raise ConfigError(f"PatchGAN: norm is '{norm}'; choose one of {', '.join(_NORMS)}.")
        self.layers = nn.Sequential(
            *_make_layer(3, channels, stride=2, norm="none"),
            *_make_layer(channels, channels * 2, stride=2, norm=norm),
            *_make_layer(channels * 2, channels * 4, stride=2, norm=norm),
            *_make_layer(channels * 4, channels * 8, stride=1, norm=norm),
            nn.Conv2d(channels * 8, 1, 4, padding=1),
        )
        self.apply(_initialise)
        if norm == "spectral":
            for module in self.layers:
                if isinstance(module, nn.Conv2d):
                    spectral_norm(module)

    def forward(self, image: Tensor, hole_mask: Tensor | None = None) -> Tensor:
        """Return logits, (N, 1, 14, 14) for ``image`` (N, 3, 128, 128) in [0, 1].

        Args:
            image: Real or restored faces; any sides from 24 on.
            hole_mask: Not used: every patch counts alike.

        Raises:
            ContractError: A side is below 24.
        """
        check_side_minimum("PatchGAN", image, self.MIN_SIDE)
        logits: Tensor = self.layers(image * 2.0 - 1.0)
        return logits


def _make_layer(in_channels: int, channels: int, stride: int, norm: str) -> list[nn.Module]:
    make_norm = _NORMS[norm]
    # Batch normalisation brings its own shift; instance normalisation here has none to learn.
    layer: list[nn.Module] = [
        nn.Conv2d(in_channels, channels, 4, stride, padding=1, bias=norm != "batch")
    ]
    if make_norm:
        layer.append(make_norm(channels))
    return [*layer, nn.LeakyReLU(0.2, inplace=True)]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
