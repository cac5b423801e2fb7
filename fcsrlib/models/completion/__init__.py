"""Completion networks, slot FC_BACKBONES."""

from fcsrlib.models.completion.gfc import GFC
from fcsrlib.models.completion.pconv import PConvUNet

__all__ = ["GFC", "PConvUNet"]
