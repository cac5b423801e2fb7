"""Image quality: pure functions, references without a network, and MMEngine metrics."""

from fcsrlib.metrics.baselines import bicubic_baseline, telea_baseline
from fcsrlib.metrics.functional import crop_border, mssim, psnr, quantise, to_luma
from fcsrlib.metrics.image_quality import ImageQuality

__all__ = [
    "ImageQuality",
    "bicubic_baseline",
    "crop_border",
    "mssim",
    "psnr",
    "quantise",
    "telea_baseline",
    "to_luma",
]
