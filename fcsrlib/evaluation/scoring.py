"""Scores of a batch of images, one value an image and metric, in a stated channel and crop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from fcsrlib.errors import ConfigError
from fcsrlib.metrics.face_scores import score_hr_faces, score_lr_faces
from fcsrlib.metrics.functional import crop_border, quantise, to_luma

CHANNELS = {"rgb": "RGB", "y": "Y (BT.601, 16-235)"}
_MSSIM_WINDOW_PX = 11


@dataclass(frozen=True)
class Scorer:
    """Compares images with their targets, each rounded to 8 bits first.

    Attributes:
        channel: ``rgb`` or ``y``.
        crop_px: Border left out at HR; low-resolution images are never cropped.
        hr_side: Side of the restored faces.

    Raises:
        ConfigError: An unknown channel, or a crop that leaves less than MSSIM's window.
    """

    channel: str
    crop_px: int
    hr_side: int

    def __post_init__(self) -> None:
        """Check the fields."""
        if self.channel not in CHANNELS:
            raise ConfigError(f"--channel is '{self.channel}'; expected one of rgb, y.")
        largest = (self.hr_side - _MSSIM_WINDOW_PX) // 2
        if not 0 <= self.crop_px <= largest:
            raise ConfigError(
                f"--crop is {self.crop_px}; expected 0 to {largest} for faces of {self.hr_side} "
                f"px: MSSIM needs {_MSSIM_WINDOW_PX} px."
            )

    @property
    def statement(self) -> str:
        """What the numbers mean, to be written beside them."""
        return (
            f"{CHANNELS[self.channel]}, crop {self.crop_px} px, MSSIM Wang et al. 2004 11x11 "
            "sigma 1.5, 8-bit"
        )

    def prepare(self, image: Tensor, crop_px: int) -> Tensor:
        """Return images (N, 3, H, W) as they are compared: 8 bits, the channel, no border."""
        return crop_border(self.choose_channel(quantise(image)), crop_px)

    def choose_channel(self, image: Tensor) -> Tensor:
        """Return images (N, 3, H, W), or their luma (N, 1, H, W)."""
        return to_luma(image) if self.channel == "y" else image

    def score_hr(self, image: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Score restored faces (N, 3, H, W); a region without pixels gives NaN."""
        return score_hr_faces(image, batch, self.channel, self.crop_px)

    def score_lr(self, image: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Score completed small faces (N, 3, h, w)."""
        return score_lr_faces(image, batch, self.channel)
