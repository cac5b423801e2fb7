"""Fig. 9: one place, a growing hole; the paper shows a plot without numbers."""

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_growing

FIG9 = HoleProtocol(
    name="fig9",
    title="Fig. 9: a growing hole in the centre",
    conditions=tuple(
        Condition(
            f"centre-{eighths}-8", f"{eighths}/8", {"kind": "centred_square", "eighths": eighths}
        )
        for eighths in range(1, 7)
    ),
    lay_out=lay_out_growing,
)
