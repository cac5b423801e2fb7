"""Identity: whether a recognition network takes the restored face for the same person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from fcsrlib.errors import ContractError
from fcsrlib.metrics.face_metric import FaceMetric
from fcsrlib.models.recognition.embedder import Embedder
from fcsrlib.registry import METRICS, MODELS


def cosine_similarity(vectors: Tensor, target: Tensor) -> Tensor:
    """Return the cosine of each pair of vectors (N, D), (N,) in [-1, 1], float64.

    A vector of length zero has no direction and gives NaN.

    Raises:
        ContractError: The shapes differ or are not (N, D).
    """
    if vectors.dim() != 2 or vectors.shape != target.shape:
        raise ContractError(
            f"vectors are {tuple(vectors.shape)} and {tuple(target.shape)}; expected two of the "
            "same shape (N, D)."
        )
    ours, theirs = vectors.double(), target.double()
    cosine = (ours * theirs).sum(1) / (ours.norm(dim=1) * theirs.norm(dim=1))
    return cosine.clamp(-1, 1)


@METRICS.register_module()
class IdentitySimilarity(FaceMetric):
    """Reports ``identity``: the mean cosine between embeddings of the restored and the true face.

    The two lie in one frame, so an embedder that aligns faces itself gets the true face's landmarks
    for both.

    Args:
        embedder: An :class:`~fcsrlib.models.recognition.Embedder`, or the config of one in
            ``fcsrlib.registry.MODELS``, as ``dict(type="LightCNNEmbedder", weights=...)``.
        **options: ``device``, ``prefix``, ``collect_device``, ``collect_dir``, see
            :class:`~fcsrlib.metrics.face_metric.FaceMetric`.

    Raises:
        CheckpointError: The embedder's weights cannot be loaded.
        ContractError: What the config builds does not embed.
    """

    columns = ("identity",)

    def __init__(self, embedder: Embedder | Mapping[str, Any], **options: Any) -> None:
        """Build the embedder."""
        super().__init__(**options)
        built = MODELS.build(dict(embedder)) if isinstance(embedder, Mapping) else embedder
        if not isinstance(built, Embedder):
            raise ContractError(
                f"embedder is {type(built).__name__}, which has no embed(images, landmarks); give "
                "one such as dict(type='LightCNNEmbedder', weights=...)."
            )
        self.embedder = built
        self.protocol = f"identity: cosine of {type(built).__name__}'s vectors, 8-bit"

    def _score(
        self, restored: Tensor, target: Tensor, labels: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        ours, theirs = (
            self.embedder.embed(image, labels.get("landmarks")) for image in (restored, target)
        )
        return {"identity": cosine_similarity(ours, theirs)}
