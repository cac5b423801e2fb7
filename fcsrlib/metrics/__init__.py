"""Image quality, face geometry and identity: pure functions, references, and MMEngine metrics."""

from fcsrlib.metrics.baselines import bicubic_baseline, telea_baseline
from fcsrlib.metrics.face_accuracy import FaceAccuracy
from fcsrlib.metrics.face_metric import FaceMetric, FaceScorer
from fcsrlib.metrics.functional import crop_border, mssim, psnr, quantise, to_luma
from fcsrlib.metrics.identity_similarity import IdentitySimilarity, cosine_similarity
from fcsrlib.metrics.image_quality import ImageQuality
from fcsrlib.metrics.landmarks import decode_heatmaps, landmark_error
from fcsrlib.metrics.mask_accuracy import MaskAccuracy, compare_masks
from fcsrlib.metrics.parsing import count_overlap, mean_iou, parsing_iou
from fcsrlib.metrics.perceptual_distance import PerceptualDistance, perceptual_distance
from fcsrlib.metrics.prior_accuracy import PriorAccuracy

__all__ = [
    "FaceAccuracy",
    "FaceMetric",
    "FaceScorer",
    "IdentitySimilarity",
    "ImageQuality",
    "MaskAccuracy",
    "PerceptualDistance",
    "PriorAccuracy",
    "bicubic_baseline",
    "compare_masks",
    "cosine_similarity",
    "count_overlap",
    "crop_border",
    "decode_heatmaps",
    "landmark_error",
    "mean_iou",
    "mssim",
    "parsing_iou",
    "perceptual_distance",
    "psnr",
    "quantise",
    "telea_baseline",
    "to_luma",
]
