"""What is done to a face before it is to be restored: a hole, and a low resolution."""

from fcsrlib.degradation.cover import shrink_cover, touch_cover
from fcsrlib.degradation.downsample import downsample, upsample_bicubic
from fcsrlib.degradation.facial_holes import FACIAL_PARTS, facial_part
from fcsrlib.degradation.holes import (
    centred_quarter,
    grid_block,
    random_quarter,
    rectangle,
    strokes,
)
from fcsrlib.degradation.occluders import OCCLUDER_KINDS, DrawOccluder
from fcsrlib.degradation.transforms import HOLE_KINDS, DrawHole

__all__ = [
    "FACIAL_PARTS",
    "HOLE_KINDS",
    "OCCLUDER_KINDS",
    "DrawHole",
    "DrawOccluder",
    "centred_quarter",
    "downsample",
    "facial_part",
    "grid_block",
    "random_quarter",
    "rectangle",
    "shrink_cover",
    "strokes",
    "touch_cover",
    "upsample_bicubic",
]
