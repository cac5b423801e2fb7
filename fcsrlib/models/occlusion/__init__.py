"""Networks that find what covers a face."""

from fcsrlib.models.occlusion.mask_net import MaskNet

__all__ = ["MaskNet"]
