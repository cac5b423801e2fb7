"""Fig. 7: six kinds of occlusion; the paper shows bars without numbers and names no kinds."""

from functools import partial

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_conditions

# Four kinds that every data set can have, and two that follow the landmarks, where there are any.
# Shares of the area are narrow, so that a bar is about a shape and not about a size.
_HOLES = (
    ("centre", "centre", {"kind": "centred_square", "eighths": 4}),
    ("square", "square", {"kind": "random_quarter"}),
    ("rectangle", "rectangle", {"kind": "rectangle", "area": [0.15, 0.25]}),
    ("strokes", "strokes", {"kind": "strokes", "area": [0.15, 0.25]}),
    ("eyes", "eyes", {"kind": "parts", "parts": ["eyes"]}),
    ("mouth", "mouth", {"kind": "parts", "parts": ["mouth"]}),
)

FIG7 = HoleProtocol(
    name="fig7",
    title="Fig. 7: six kinds of occlusion",
    conditions=tuple(Condition(name, label, hole) for name, label, hole in _HOLES),
    lay_out=partial(lay_out_conditions, with_average=False),
)
