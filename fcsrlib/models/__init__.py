"""Networks, the compound generator, stages and the trainable model."""

from fcsrlib.models.composite import composite
from fcsrlib.models.face_prior_model import FacePriorModel
from fcsrlib.models.fcsr_gan import FCSRGAN
from fcsrlib.models.generator import FCSRGenerator, Generated
from fcsrlib.models.occlusion import MaskNet
from fcsrlib.models.occlusion_model import OcclusionModel
from fcsrlib.models.recognition import LightCNNEmbedder, MobileFaceNetEmbedder
from fcsrlib.models.stage import Stage

__all__ = [
    "FCSRGAN",
    "FCSRGenerator",
    "FacePriorModel",
    "Generated",
    "LightCNNEmbedder",
    "MaskNet",
    "MobileFaceNetEmbedder",
    "OcclusionModel",
    "Stage",
    "composite",
]
