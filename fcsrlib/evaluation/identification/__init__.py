"""Face identification (Sec. 4.3.6, Fig. 11): do restored faces still tell people apart?"""

from fcsrlib.evaluation.identification.dlib_embedder import DlibEmbedder

__all__ = ["DlibEmbedder"]
