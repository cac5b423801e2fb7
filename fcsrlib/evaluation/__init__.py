"""Measuring: a checkpoint against the references on a whole split, and the paper's protocols."""

from fcsrlib.evaluation.evaluate import evaluate
from fcsrlib.evaluation.measure import measure

__all__ = ["evaluate", "measure"]
