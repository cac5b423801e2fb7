"""Super-resolution networks, slot SR_BACKBONES."""

from fcsrlib.models.super_resolution.fsrnet import FSRNet

__all__ = ["FSRNet"]
