"""Face prior networks, slot FACE_PRIORS."""

from fcsrlib.models.priors.compact import CompactPrior
from fcsrlib.models.priors.hourglass import HourglassPrior

__all__ = ["CompactPrior", "HourglassPrior"]
