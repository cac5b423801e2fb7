"""MobileFaceNet as an embedder of faces in the library's geometry."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from fcsrlib.layers.mobilefacenet import MobileFaceNet
from fcsrlib.losses.face_embedding import FaceEmbedding, load_mobilefacenet
from fcsrlib.registry import MODELS


@MODELS.register_module()
class MobileFaceNetEmbedder:
    """Embeds faces with MobileFaceNet; image and mirrored image are joined to 256 numbers.

    Faces are read as the library aligns them, by one constant crop, so landmarks have no effect.
    The network follows the images to their device.

    Args:
        weights: File of a :class:`~fcsrlib.layers.mobilefacenet.MobileFaceNet`, see
            :func:`~fcsrlib.losses.face_embedding.load_mobilefacenet`; or the network itself, which
            is frozen and put into eval.

    Raises:
        CheckpointError: The file cannot be read or is of another network.
    """

    def __init__(self, weights: str | Path | MobileFaceNet) -> None:
        """Load the network."""
        network = weights if isinstance(weights, MobileFaceNet) else load_mobilefacenet(weights)
        self.embedding = FaceEmbedding(network)

    @torch.no_grad()
    def embed(self, images: Tensor, landmarks: Tensor | None = None) -> Tensor:
        """Return unit vectors (N, 256) of faces (N, 3, S, S), RGB in [0, 1].

        Raises:
            ContractError: ``images`` have another shape.
        """
        return self.embedding.to(images.device)(images.clamp(0, 1), with_mirror=True)
