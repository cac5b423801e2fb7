"""From raw photographs to training-ready data: checked, aligned, labelled, packed, looked at."""

from fcsrlib.preparation.aligning import align
from fcsrlib.preparation.checking import check
from fcsrlib.preparation.labelling import label
from fcsrlib.preparation.packing import pack
from fcsrlib.preparation.previewing import preview

__all__ = ["align", "check", "label", "pack", "preview"]
