"""A frozen recognition network that reads aligned faces and lets gradients through to the image."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fcsrlib.data.align_face import CELEBA_ANCHORS
from fcsrlib.data.sample import ALIGNED_SIDE
from fcsrlib.data.similarity import fit_similarity
from fcsrlib.errors import ContractError
from fcsrlib.layers.mobilefacenet import FIVE_POINTS, HEIGHT, WIDTH, MobileFaceNet
from fcsrlib.layers.weights import load_state, read_checkpoint, select_state
from fcsrlib.losses.reduction import widen

_SIDE = 128


class FaceEmbedding(nn.Module):
    """Unit vectors of faces in the library's geometry: the central 128 of 144 aligned pixels.

    Eyes and mouth are where CelebA's are, so that the crop the network reads is one constant
    similarity, the same for every face. Always in eval and frozen; losses reach it through
    :func:`shared_face_embedding` and do not own it.

    Args:
        network: Is put into eval and frozen.
    """

    grid: Tensor

    def __init__(self, network: MobileFaceNet) -> None:
        """Freeze the network and place the crop."""
        super().__init__()
        self.network = network.requires_grad_(False)
        self.register_buffer("grid", make_crop_grid(), persistent=False)
        self.eval()

    def train(self, mode: bool = True) -> FaceEmbedding:
        """Stay in eval, whatever ``mode`` says."""
        return super().train(False)

    def forward(self, image: Tensor, with_mirror: bool = False) -> Tensor:
        """Return unit vectors, float32: (N, 128), or (N, 256) with the mirrored face's joined on.

        Args:
            image: (N, 3, S, S), RGB in [0, 1]. The crop has about the detail of S = 128.
            with_mirror: Twice the work for a vector that tells people apart a little better.

        Raises:
            ContractError: Another shape.
        """
        faces = self.crop(image)
        vectors = widen(self.network(faces))
        if with_mirror:
            vectors = torch.cat([vectors, widen(self.network(faces.flip(3)))], dim=1)
        return F.normalize(vectors, dim=1)

    def crop(self, image: Tensor) -> Tensor:
        """Return what the network reads of ``image`` (N, 3, S, S): (N, 3, 112, 96), bilinear.

        Raises:
            ContractError: Another shape.
        """
        if image.ndim != 4 or image.shape[1] != 3 or image.shape[2] != image.shape[3]:
            raise ContractError(
                f"image is {tuple(image.shape)}; a face embedding expects RGB (N, 3, S, S)."
            )
        grid = self.grid.expand(len(image), -1, -1, -1)
        return F.grid_sample(image.to(grid.dtype), grid, padding_mode="border", align_corners=False)


def make_crop_grid() -> Tensor:
    """Return where each pixel of the crop lies in a face, (1, 112, 96, 2).

    x, y from -1 to 1 between the image's outer edges, as ``grid_sample`` takes them. Eyes and the
    mouth's centre of :data:`~fcsrlib.data.align_face.CELEBA_ANCHORS` are met in the least squares.
    """
    left_eye, right_eye, _, *mouth = np.array(FIVE_POINTS)
    wanted = np.array([left_eye, right_eye, np.mean(mouth, axis=0)])
    aligned = np.array(CELEBA_ANCHORS) * (ALIGNED_SIDE / 178)
    shares = (aligned - (ALIGNED_SIDE - _SIDE) / 2) / _SIDE
    matrix = fit_similarity(wanted, 2 * shares - 1)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    grid = np.stack([columns, rows], axis=-1) @ matrix[:, :2].T + matrix[:, 2]
    return torch.from_numpy(grid).float()[None]


def load_mobilefacenet(path: str | Path) -> MobileFaceNet:
    """Load a MobileFaceNet from a file that may come from a stranger.

    Args:
        path: ``.safetensors`` or a file of ``torch.save``: a state dict, alone or under
            ``state_dict`` or ``net_state_dict``. BatchNorm's counters may be left out.

    Raises:
        CheckpointError: The file cannot be read or is of another network.
    """
    stored = read_checkpoint(path)
    if "net_state_dict" in stored:
        stored = {"state_dict": stored["net_state_dict"]}
    network = MobileFaceNet()
    counters = {
        name: value
        for name, value in network.state_dict().items()
        if name.endswith(".num_batches_tracked")
    }
    load_state(network, {**counters, **select_state(stored)}, str(path))
    return network


@lru_cache(maxsize=4)
def shared_face_embedding(weights: str, device: torch.device) -> FaceEmbedding:
    """Return the one frozen :class:`FaceEmbedding` of a file on ``device``.

    Raises:
        CheckpointError: The weights cannot be loaded.
    """
    return FaceEmbedding(load_mobilefacenet(weights)).to(device)
