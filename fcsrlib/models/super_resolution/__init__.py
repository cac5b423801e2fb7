"""Super-resolution networks, slot SR_BACKBONES."""

from fcsrlib.models.super_resolution.fsrnet import FSRNet
from fcsrlib.models.super_resolution.srresnet import SRResNet

__all__ = ["FSRNet", "SRResNet"]
