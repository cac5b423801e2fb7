"""Faces as they come: given holes, and no truth under them (Fig. 12, 13)."""

from fcsrlib.degradation import shrink_cover
from fcsrlib.evaluation.natural.covers import frame_cover, frame_image
from fcsrlib.evaluation.natural.protocol import NaturalProtocol

__all__ = ["NaturalProtocol", "frame_cover", "frame_image", "shrink_cover"]
