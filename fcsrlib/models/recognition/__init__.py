"""Face recognition networks, which measure whether a restored face is still the same person."""

from fcsrlib.models.recognition.embedder import Embedder, LightCNNEmbedder
from fcsrlib.models.recognition.light_cnn import LightCNN9

__all__ = ["Embedder", "LightCNN9", "LightCNNEmbedder"]
