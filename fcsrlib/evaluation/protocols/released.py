"""The library's own table: networks side by side, a quarter of the face hidden and nothing."""

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.layouts import lay_out_methods_by_condition

RELEASED = HoleProtocol(
    name="released",
    title="Networks side by side, a quarter hidden and nothing hidden",
    conditions=(
        Condition("quarter", "a quarter hidden", {"kind": "random_quarter"}),
        Condition("nothing", "nothing hidden", {"kind": "nothing"}),
    ),
    lay_out=lay_out_methods_by_condition,
)
