"""Measuring: a checkpoint against the references, on a whole split."""

from fcsrlib.evaluation.measure import measure

__all__ = ["measure"]
