"""One face under many holes: how much its restorations differ from each other (Fig. 6)."""

from fcsrlib.evaluation.consistency.agreement import score_agreement
from fcsrlib.evaluation.consistency.protocol import ConsistencyProtocol

__all__ = ["ConsistencyProtocol", "score_agreement"]
