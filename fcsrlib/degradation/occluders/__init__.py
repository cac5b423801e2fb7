"""Things drawn in front of faces: masks, scarves, hands, sunglasses, blocks."""

from fcsrlib.degradation.occluders.transform import OCCLUDER_KINDS, DrawOccluder

__all__ = ["OCCLUDER_KINDS", "DrawOccluder"]
