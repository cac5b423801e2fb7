"""Embedders: faces to unit vectors whose cosine says whether they show the same person."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional

from fcsrlib.errors import ContractError
from fcsrlib.models.recognition.light_cnn import SIDE, LightCNN9
from fcsrlib.models.weights import load_state, read_checkpoint, select_state
from fcsrlib.registry import MODELS

_GRAY = (0.299, 0.587, 0.114)


@runtime_checkable
class Embedder(Protocol):
    """Maps faces to vectors. One that configs name is registered in ``fcsrlib.registry.MODELS``."""

    def embed(self, images: Tensor, landmarks: Tensor | None = None) -> Tensor:
        """Return unit vectors (N, D), float32, on the device of ``images``, without gradients.

        Args:
            images: Faces (N, 3, H, W), RGB in [0, 1].
            landmarks: x, y in pixels of ``images`` (N, K, 2), NaN where unknown, for embedders
                that align faces themselves; None: the images are aligned as they are.
        """


@MODELS.register_module()
class LightCNNEmbedder:
    """Embeds gray faces of 128x128 with LightCNN-9 (Sec. 4.3.6).

    Faces are read as they are aligned, so landmarks have no effect. Images of another size are
    resized to 128x128 (bilinear, antialiased). Gray is 0.299 R + 0.587 G + 0.114 B, in [0, 1]. The
    network follows the images to their device.

    Args:
        weights: File of a :class:`~fcsrlib.models.recognition.LightCNN9`, with or without a
            classifier; or the network itself, which is put into eval.
        embedding: Length of the vectors in the file.

    Raises:
        CheckpointError: The file cannot be read or is of another network.
    """

    def __init__(self, weights: str | Path | LightCNN9, embedding: int = 256) -> None:
        """Load the network."""
        self.network = weights if isinstance(weights, LightCNN9) else _load(weights, embedding)
        self.network.eval()

    @torch.no_grad()
    def embed(self, images: Tensor, landmarks: Tensor | None = None) -> Tensor:
        """Return unit vectors (N, embedding).

        Raises:
            ContractError: ``images`` are not (N, 3, H, W).
        """
        vectors = self.network.to(images.device)(to_gray_faces(images))
        return functional.normalize(vectors.float(), dim=1)


def to_gray_faces(images: Tensor) -> Tensor:
    """Return RGB faces (N, 3, H, W) in [0, 1] as LightCNN-9 reads them, (N, 1, 128, 128).

    Raises:
        ContractError: Another shape.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ContractError(f"images are {tuple(images.shape)}; expected RGB (N, 3, H, W).")
    weights = torch.tensor(_GRAY, device=images.device)
    gray = torch.einsum("nchw,c->nhw", images.float().clamp(0, 1), weights)[:, None]
    if gray.shape[2:] == (SIDE, SIDE):
        return gray
    return functional.interpolate(gray, size=(SIDE, SIDE), mode="bilinear", antialias=True)


def _load(path: str | Path, embedding: int) -> LightCNN9:
    state = select_state(read_checkpoint(path))
    trunk = {name: value for name, value in state.items() if not name.startswith("classifier.")}
    network = LightCNN9(embedding=embedding)
    load_state(network, trunk, str(path))
    return network
