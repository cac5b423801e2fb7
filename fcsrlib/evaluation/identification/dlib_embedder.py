"""dlib's face embedding: a second, independent judge of who a face shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fcsrlib.errors import ContractError
from fcsrlib.evaluation.identification.chips import cut_chip
from fcsrlib.inference.dlib_models import find_dlib_model, import_dlib
from fcsrlib.inference.releases.integrity import digest_file
from fcsrlib.registry import MODELS

WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"
_PURPOSE = "the face embedder 'dlib'"
_EXTRA = "identity"


@MODELS.register_module()
class DlibEmbedder:
    """Embeds faces with dlib's ResNet of 29 layers, 128 numbers a face; it is never tuned.

    King, "Dlib-ml: A Machine Learning Toolkit", JMLR 2009, and its face recognition model v1. The
    network was trained for Euclidean distances; at length one they order faces as the cosine does.

    Attributes:
        description: Package, its version, file and sha256 of the weights.

    Raises:
        MissingExtraError: dlib or its weights are not installed.
    """

    def __init__(self) -> None:
        """Load the network."""
        dlib = import_dlib(_EXTRA, _PURPOSE)
        path = find_dlib_model(WEIGHTS, _EXTRA, _PURPOSE)
        self._network = dlib.face_recognition_model_v1(str(path))
        self.description: dict[str, Any] = {
            "package": f"dlib {dlib.__version__}",
            "weights": path.name,
            "sha256": digest_file(path),
        }

    def embed(self, images: Tensor, landmarks: Tensor | None = None) -> Tensor:
        """Return unit vectors (N, 128), float32, on the device of ``images``.

        Args:
            images: Faces (N, 3, H, H), RGB in [0, 1].
            landmarks: 81 or 68 points, x, y in pixels of ``images`` (N, K, 2); they align each
                face to dlib's chip. NaN or None: the mean place in CelebA's aligned geometry.

        Raises:
            ContractError: ``images`` are not (N, 3, H, H).
            DataError: Landmarks of another scheme.
        """
        if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3]:
            raise ContractError(f"images are {tuple(images.shape)}; expected RGB (N, 3, H, H).")
        pixels = (images.detach().cpu().clamp(0, 1) * 255).round().byte()
        faces = np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())
        points = [None] * len(faces) if landmarks is None else landmarks.cpu().numpy()
        chips = [cut_chip(face, own) for face, own in zip(faces, points, strict=True)]
        vectors = torch.from_numpy(self._describe(chips)).to(images.device)
        return functional.normalize(vectors, dim=1)

    def _describe(self, chips: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        if not chips:
            return np.zeros((0, 128), np.float32)
        return np.array(self._network.compute_face_descriptor(chips), np.float32)
