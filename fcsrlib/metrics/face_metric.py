"""Metrics of restored faces that validation and evaluation share: their protocol and their base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from mmengine.device import get_device
from torch import Tensor

from fcsrlib.metrics.functional import quantise
from fcsrlib.metrics.per_image import PerImageMetric, split_rows, stack_field

LABELS = ("landmarks", "landmark_known", "parsing_target")
"""Fields of a batch that a metric may read beside ``hr_target`` and ``hole_mask``."""


@runtime_checkable
class FaceScorer(Protocol):
    """Scores restored faces one by one and says what the scores of many come to.

    Whoever scores faces in parts keeps the columns of each face and calls :meth:`summarise` once,
    at the end: some figures, as mean IoU, are no means over faces.

    Attributes:
        columns: Names of what :meth:`score` returns, always all of them, in this order.
        protocol: What the numbers mean, to be written beside them.
    """

    columns: tuple[str, ...]
    protocol: str

    def score(self, hr_restored: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return column → (N,) float64 on the CPU, NaN where a column does not apply.

        Args:
            hr_restored: Restored faces (N, 3, H, W) in [0, 1].
            batch: Fields of the preprocessor's batch, ``hr_target`` at least.
        """

    def summarise(self, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
        """Return the figures of all faces, from column → one value a face in any order."""


class FaceMetric(PerImageMetric):
    """Base of the metrics that satisfy :class:`FaceScorer`; one is built from its config by name.

    Restored and true faces are clamped and rounded to 8 bits first. Samples are dicts with tensors
    ``hr_target`` and ``hr_restored`` (3, H, W; absent or None without SR, which then gives no
    figures), and those of :data:`LABELS` where the data have them. A subclass sets ``columns`` and
    ``protocol`` and writes ``_score``.

    Args:
        device: Where networks run, for example ``'cpu'``; None: MMEngine's choice, a GPU where
            there is one.
        prefix: Put before every name, as ``prefix/identity``.
        collect_device: See :class:`~fcsrlib.metrics.per_image.PerImageMetric`.
        collect_dir: See MMEngine's ``BaseMetric``.
    """

    columns: tuple[str, ...]
    protocol: str

    def __init__(
        self,
        device: str | None = None,
        prefix: str | None = None,
        collect_device: str = "gpu",
        collect_dir: str | None = None,
    ) -> None:
        """Keep the arguments."""
        super().__init__(prefix, collect_device, collect_dir)
        self.device = torch.device(device or get_device())

    @torch.no_grad()
    def score(self, hr_restored: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return column → (N,) float64 on the CPU.

        Raises:
            FCSRError: The shapes do not fit each other or the networks.
        """
        restored, target = (
            quantise(image.to(self.device)).float() for image in (hr_restored, batch["hr_target"])
        )
        labels = {name: batch[name].to(self.device) for name in LABELS if name in batch}
        scores = self._score(restored, target, labels)
        return {name: scores[name].double().cpu() for name in self.columns}

    def _score(
        self, restored: Tensor, target: Tensor, labels: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return the columns of faces on ``device``, rounded to 8 bits, without gradients."""
        raise NotImplementedError

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Score a batch; one row an image, empty where nothing was restored.

        Raises:
            ContractError: A field is missing, or the images of the batch differ in size.
        """
        if not data_samples:
            return
        first = data_samples[0]
        if first.get("hr_restored") is None:
            self.results.extend({} for _ in data_samples)
            return
        present = [name for name in LABELS if isinstance(first.get(name), Tensor)]
        batch = {name: stack_field(data_samples, name) for name in ("hr_target", *present)}
        self.results.extend(split_rows(self.score(stack_field(data_samples, "hr_restored"), batch)))
