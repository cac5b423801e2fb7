"""Fig. 6: one face, many holes; the paper shows pictures without numbers."""

from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.consistency import ConsistencyProtocol

CONSISTENCY = ConsistencyProtocol(
    name="consistency",
    title="Fig. 6: one face under many holes, each a quarter of the area",
    hole=Condition("quarter", "a quarter", {"kind": "random_quarter"}),
)
