"""Completion networks, slot FC_BACKBONES."""

from fcsrlib.models.completion.gfc import GFC
from fcsrlib.models.completion.pconv import PConvUNet
from fcsrlib.models.completion.swift import SwiftFC

__all__ = ["GFC", "PConvUNet", "SwiftFC"]
