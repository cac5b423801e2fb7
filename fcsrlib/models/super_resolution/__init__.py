"""Super-resolution networks, slot SR_BACKBONES."""

from fcsrlib.models.super_resolution.fsrnet import FSRNet
from fcsrlib.models.super_resolution.srresnet import SRResNet
from fcsrlib.models.super_resolution.swift import SwiftSR

__all__ = ["FSRNet", "SRResNet", "SwiftSR"]
