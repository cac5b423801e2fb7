"""The trainable model of Sec. 4.2: a face prior network alone, learning from labelled faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fcsrlib.contracts import FacePriors
from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.models import step_tensors as names
from fcsrlib.models.prior_picture import draw_priors
from fcsrlib.models.stage import Stage
from fcsrlib.models.staged_model import StagedModel
from fcsrlib.registry import FACE_PRIORS, MODELS

REFERENCES = ("hr_target", "landmarks", "landmark_known", "parsing")


@MODELS.register_module()
class FacePriorModel(StagedModel):
    """A network of slot FACE_PRIORS that learns landmarks and face parts (Sec. 4.2).

    Its stages train ``face_prior``; their terms read ``target_priors`` and the targets.

    Args:
        face_prior: Config of slot FACE_PRIORS, or a module.
        data_preprocessor: Config of :class:`fcsrlib.data.FacePreprocessor`.
        channels_last: Lay weights out channels last.
    """

    averaged: ClassVar[Mapping[str, str]] = {"face_prior": "face_prior"}
    measured: ClassVar[str] = "face_prior"

    def __init__(
        self, *, face_prior: Any, data_preprocessor: Any = None, channels_last: bool = True
    ) -> None:
        super().__init__(data_preprocessor)
        is_built = isinstance(face_prior, nn.Module)
        self.face_prior: nn.Module = face_prior if is_built else FACE_PRIORS.build(face_prior)
        self._finish(frozenset(), channels_last)

    def parts(self) -> dict[str, nn.Module]:
        """Return the only part, ``face_prior``."""
        return {"face_prior": self.face_prior}

    def compute_losses(
        self, batch: Mapping[str, Any], updates_generator: bool = True
    ) -> dict[str, Tensor]:
        """Return ``loss_<term>`` → weighted scalar of the current stage."""
        priors: FacePriors = self.face_prior(batch["hr_target"])
        return self.losses({**batch, "target_priors": priors})

    @torch.no_grad()
    def predict(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the batch's faces, their labels, and what the network finds in them.

        Keys are those of :data:`REFERENCES`, ``found_landmarks`` (N, K, s, s) in [0, 1],
        ``found_parsing`` (N, P, s, s) logits, ``name``, and two pictures (N, 3, H, W),
        ``true_priors`` and ``found_priors``.
        """
        image = batch["hr_target"]
        priors: FacePriors = self.face_prior(image)
        made: dict[str, Any] = {key: batch.get(key) for key in REFERENCES}
        made["found_landmarks"] = priors.landmarks.float()
        made["found_parsing"] = priors.parsing.float()
        found = made["found_landmarks"], made["found_parsing"].argmax(1)
        made["found_priors"] = draw_priors(image, *found)
        true_heatmaps = make_heatmaps(batch["landmarks"], image.shape[-1], found[0].shape[-1])
        made["true_priors"] = draw_priors(image, true_heatmaps, batch["parsing"])
        made["name"] = list(batch["name"])
        return made

    def _find_made(self) -> frozenset[str]:
        return names.PRIOR_OF_TARGET | names.BATCH_TENSORS

    def _find_reach(self, part: str, stage: Stage) -> frozenset[str]:
        return names.PRIOR_OF_TARGET
