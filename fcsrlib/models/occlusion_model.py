"""The trainable model of a network that finds what covers a face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fcsrlib.errors import DataError
from fcsrlib.models import step_tensors as names
from fcsrlib.models.mask_picture import draw_mask
from fcsrlib.models.stage import Stage
from fcsrlib.models.staged_model import StagedModel
from fcsrlib.registry import MODELS


@MODELS.register_module()
class OcclusionModel(StagedModel):
    """A network that learns where faces are covered, from faces with an ``occluder_mask``.

    Its stages train ``occlusion``; their terms read ``occlusion_logits`` and ``occluder_mask``.

    Args:
        occlusion: Config of the network, or a module: (N, 3, H, W) in [0, 1] to logits
            (N, 1, H, W).
        data_preprocessor: Config of :class:`fcsrlib.data.FacePreprocessor`.
        channels_last: Lay weights out channels last.
    """

    averaged: ClassVar[Mapping[str, str]] = {"occlusion": "occlusion"}
    measured: ClassVar[str] = "occlusion"

    def __init__(
        self, *, occlusion: Any, data_preprocessor: Any = None, channels_last: bool = True
    ) -> None:
        super().__init__(data_preprocessor)
        is_built = isinstance(occlusion, nn.Module)
        self.occlusion: nn.Module = occlusion if is_built else MODELS.build(occlusion)
        self._finish(frozenset(), channels_last)

    def parts(self) -> dict[str, nn.Module]:
        """Return the only part, ``occlusion``."""
        return {"occlusion": self.occlusion}

    def compute_losses(
        self, batch: Mapping[str, Any], updates_generator: bool = True
    ) -> dict[str, Tensor]:
        """Return ``loss_<term>`` → weighted scalar of the current stage.

        Raises:
            DataError: The batch's faces do not say where they are covered.
        """
        _check_masks(batch)
        return self.losses({**batch, "occlusion_logits": self.occlusion(batch["hr_target"])})

    @torch.no_grad()
    def predict(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``hr_target``, ``occluder_mask``, ``occlusion_logits`` (N, 1, H, W) and ``name``.

        And two pictures (N, 3, H, W), ``true_occluder`` and ``found_occluder``.

        Raises:
            DataError: The batch's faces do not say where they are covered.
        """
        _check_masks(batch)
        image, occluder_mask = batch["hr_target"], batch["occluder_mask"]
        logits = self.occlusion(image).float()
        return {
            "hr_target": image,
            "occluder_mask": occluder_mask,
            "occlusion_logits": logits,
            "true_occluder": draw_mask(image, occluder_mask),
            "found_occluder": draw_mask(image, logits.sigmoid()),
            "name": list(batch["name"]),
        }

    def _find_made(self) -> frozenset[str]:
        return names.OCCLUSION_TENSORS | {"hr_target"}

    def _find_reach(self, part: str, stage: Stage) -> frozenset[str]:
        return names.OCCLUSION_MADE


def _check_masks(batch: Mapping[str, Any]) -> None:
    if "occluder_mask" not in batch:
        raise DataError(
            "the faces have no occluder_mask; put DrawOccluder into the data set's pipeline, or "
            "read faces with OccludedFaces."
        )
