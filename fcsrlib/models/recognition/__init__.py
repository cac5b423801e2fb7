"""Face recognition networks, which measure whether a restored face is still the same person."""

from fcsrlib.models.recognition.embedder import Embedder, LightCNNEmbedder
from fcsrlib.models.recognition.light_cnn import LightCNN9
from fcsrlib.models.recognition.mobilefacenet import MobileFaceNet, MobileFaceNetEmbedder

__all__ = ["Embedder", "LightCNN9", "LightCNNEmbedder", "MobileFaceNet", "MobileFaceNetEmbedder"]
