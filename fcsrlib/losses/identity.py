"""Identity loss: whether a recognition network takes the restored face for the same person."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from fcsrlib.errors import ConfigError
from fcsrlib.losses.face_embedding import shared_face_embedding
from fcsrlib.losses.reduction import check_same_shape


def identity_loss(vectors: Tensor, target: Tensor) -> Tensor:
    """Return the mean of 1 - cosine over pairs of unit vectors, in [0, 2].

    Computed as half the squared distance: the same number, but exactly 0 for equal vectors.

    Args:
        vectors: (N, D), each of length 1.
        target: The same shape.

    Raises:
        ContractError: The shapes differ.
    """
    check_same_shape(vectors, target, "vectors of image and target")
    return 0.5 * (vectors - target).square().sum(1).mean()


class IdentityLoss(nn.Module):
    """Keeps the person (an addition; the paper's Sec. 5 leaves identity open).

    1 - cosine between what a frozen MobileFaceNet makes of the restored and of the true face. Both
    are read by one constant crop, see :class:`~fcsrlib.losses.face_embedding.FaceEmbedding`.

    Args:
        weights: File of a MobileFaceNet, see
            :func:`~fcsrlib.losses.face_embedding.load_mobilefacenet`. None ships with the library.

    Raises:
        CheckpointError: The file cannot be read or is of another network; found now and not in the
            first iteration.
        ConfigError: No weights.
    """

    def __init__(self, weights: str | Path | None = None) -> None:
        """Load the network once on the CPU, to check the file."""
        super().__init__()
        if weights is None:
            raise ConfigError(
                "IdentityLoss has no weights, and none ship with the library; give the file of a "
                "MobileFaceNet: weights='mobilefacenet.pt'. docs/training.md says which fit."
            )
        self.weights = str(weights)
        shared_face_embedding(self.weights, torch.device("cpu"))

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """Compare ``image`` with ``target``, both (N, 3, S, S), RGB in [0, 1].

        Gradients reach ``image`` alone.

        Raises:
            ContractError: The shapes differ or are others.
        """
        check_same_shape(image, target)
        embed = shared_face_embedding(self.weights, image.device)
        with torch.no_grad():
            wanted = embed(target)
        return identity_loss(embed(image), wanted)
