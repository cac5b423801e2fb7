"""Slot LOSSES: each equation of the paper as a pure function with a thin module around it."""

from fcsrlib.losses.adversarial import (
    AdversarialLoss,
    DiscriminatorLoss,
    adversarial_loss,
    discriminator_loss,
)
from fcsrlib.losses.face_embedding import FaceEmbedding, load_mobilefacenet
from fcsrlib.losses.face_prior import FacePriorLoss, count_unknown, face_prior_loss
from fcsrlib.losses.gradient_penalty import GradientPenalty, gradient_penalty
from fcsrlib.losses.identity import IdentityLoss, identity_loss
from fcsrlib.losses.mask import MaskLoss, mask_loss
from fcsrlib.losses.perceptual import PerceptualLoss, perceptual_loss
from fcsrlib.losses.pixel import PixelLoss, pixel_loss
from fcsrlib.losses.smooth import SmoothLoss, smooth_loss
from fcsrlib.losses.style import StyleLoss, gram_matrix, style_loss
from fcsrlib.losses.vgg import VGG16Features, feature_cache, shared_vgg

__all__ = [
    "AdversarialLoss",
    "DiscriminatorLoss",
    "FaceEmbedding",
    "FacePriorLoss",
    "GradientPenalty",
    "IdentityLoss",
    "MaskLoss",
    "PerceptualLoss",
    "PixelLoss",
    "SmoothLoss",
    "StyleLoss",
    "VGG16Features",
    "adversarial_loss",
    "count_unknown",
    "discriminator_loss",
    "face_prior_loss",
    "feature_cache",
    "gradient_penalty",
    "gram_matrix",
    "identity_loss",
    "load_mobilefacenet",
    "mask_loss",
    "perceptual_loss",
    "pixel_loss",
    "shared_vgg",
    "smooth_loss",
    "style_loss",
]
