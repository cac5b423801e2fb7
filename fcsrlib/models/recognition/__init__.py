"""Face recognition networks, which measure whether a restored face is still the same person."""

from fcsrlib.models.recognition.light_cnn import LightCNN9

__all__ = ["LightCNN9"]
