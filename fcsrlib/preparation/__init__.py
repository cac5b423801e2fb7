"""From raw photographs to training-ready data: checked, aligned, labelled, packed, looked at."""

from fcsrlib.preparation.align import align
from fcsrlib.preparation.check import check
from fcsrlib.preparation.labelling import label
from fcsrlib.preparation.pack import pack
from fcsrlib.preparation.preview import preview

__all__ = ["align", "check", "label", "pack", "preview"]
