"""LightCNN-9: a small face recognition network, the one of Sec. 4.3.6.

Wu et al., "A Light CNN for Deep Face Representation with Noisy Labels", TIFS 2018; layers are those
of its authors' released PyTorch network (github.com/AlfredXiangWu/LightCNN).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.layers.max_feature_map import MaxFeatureMap

SIDE = 128
_INNER_SIDE = SIDE // 2**4


class LightCNN9(nn.Module):
    """Maps a gray face to a vector; vectors of one person point in the same direction.

    5x5 to 48 channels, then 1x1 and 3x3 to 96, 192, 128 and 128 channels, 2x2 max pooling after
    all but the fourth, a fully connected layer to the embedding. Every layer makes twice the
    channels and is halved by max-feature-map, the only activation. It is in no slot: it measures
    faces and does not make them.

    Args:
        embedding: Length of the vector.
        num_identities: Number of persons of a classifier on top, for (fine-)tuning; None: none.
    """

    def __init__(self, *, embedding: int = 256, num_identities: int | None = None) -> None:
        """Create the trunk and, where asked for, the classifier."""
        super().__init__()
        self.trunk = nn.Sequential(
            *_make_layer(1, 48, kernel_size=5),
            nn.MaxPool2d(2),
            *_make_pair(48, 96),
            nn.MaxPool2d(2),
            *_make_pair(96, 192),
            nn.MaxPool2d(2),
            *_make_pair(192, 128),
            *_make_pair(128, 128),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(128 * _INNER_SIDE**2, embedding * 2),
            MaxFeatureMap(),
        )
        self.classifier = nn.Linear(embedding, num_identities) if num_identities else None

    def forward(self, gray: Tensor) -> Tensor:
        """Return the embeddings (N, embedding), to be compared by their cosine.

        Args:
            gray: Aligned faces (N, 1, 128, 128) in [0, 1], read as they are.

        Raises:
            ContractError: Another shape.
        """
        if gray.ndim != 4 or tuple(gray.shape[1:]) != (1, SIDE, SIDE):
            raise ContractError(
                f"LightCNN9 got {tuple(gray.shape)}; expected gray faces (N, 1, {SIDE}, {SIDE})."
            )
        vectors: Tensor = self.trunk(gray)
        return vectors

    def classify(self, vectors: Tensor) -> Tensor:
        """Return logits (N, num_identities) for embeddings, half of them dropped in training.

        Raises:
            ConfigError: The network was built without ``num_identities``.
        """
        if self.classifier is None:
            raise ConfigError("LightCNN9 has no classifier; build it with num_identities.")
        logits: Tensor = self.classifier(functional.dropout(vectors, 0.5, self.training))
        return logits


def _make_layer(in_channels: int, channels: int, kernel_size: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(in_channels, channels * 2, kernel_size, padding=kernel_size // 2)
    return conv, MaxFeatureMap()


def _make_pair(in_channels: int, channels: int) -> tuple[nn.Module, ...]:
    return (
        *_make_layer(in_channels, in_channels, kernel_size=1),
        *_make_layer(in_channels, channels, kernel_size=3),
    )
