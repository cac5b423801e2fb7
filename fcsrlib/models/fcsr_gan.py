"""The trainable model: generator, discriminator and face prior under one staged training step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fcsrlib.models import step_tensors as names
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.order import build_generator
from fcsrlib.models.stage import Stage
from fcsrlib.models.staged_model import StagedModel
from fcsrlib.models.step_tensors import StepTensors
from fcsrlib.models.weights import load_part_weights
from fcsrlib.registry import DISCRIMINATORS, FACE_PRIORS, MODELS

PREDICTED = ("lr_completed", "lr_composite", "hr_coarse", "hr_restored")
REFERENCES = ("lr_masked", "hole_mask", "lr_target", "hr_target")
LABELS = ("landmarks", "landmark_known", "parsing_target")


@MODELS.register_module()
class FCSRGAN(StagedModel):
    """FCSR-GAN (Fig. 2): generator, discriminator and face prior, see :class:`StagedModel`.

    Args:
        generator: ``dict(fc=..., sr=...)``, arguments of
            :func:`fcsrlib.models.order.build_generator`, or a module.
        discriminator: Config of slot DISCRIMINATORS; None where no stage has an adversarial term.
        face_prior: Config of slot FACE_PRIORS, the auxiliary network of Eq. 9. With a further key
            ``weights`` (a file), those are loaded, the network is never trained, and terms on
            ``target_priors`` alone are left out; without, it learns from the true faces in the
            stages that list ``face_prior`` in ``train``.
        generator_weights: File of a trained generator that this one starts from; its moving average
            where it has one.
        data_preprocessor: Config of :class:`fcsrlib.data.FacePreprocessor`.
        channels_last: Lay weights out channels last; on processors with bf16 units a training
            step of FSRNet takes three quarters of the time, in fp32 nine tenths.
    """

    averaged: ClassVar[Mapping[str, str]] = {"fc": "generator.fc", "sr": "generator.sr"}
    measured: ClassVar[str] = "generator"

    def __init__(
        self,
        *,
        generator: Any,
        discriminator: Any = None,
        face_prior: Any = None,
        generator_weights: str | Path | None = None,
        data_preprocessor: Any = None,
        channels_last: bool = True,
    ) -> None:
        super().__init__(data_preprocessor)
        is_built = isinstance(generator, nn.Module)
        self.generator: FCSRGenerator = generator if is_built else build_generator(**generator)
        if generator_weights is not None:
            load_part_weights(self.generator, generator_weights, "generator")
        self.discriminator = DISCRIMINATORS.build(discriminator) if discriminator else None
        self.face_prior, is_given = _build_face_prior(face_prior)
        self.restores = True
        self._finish(frozenset({"face_prior"} if is_given else ()), channels_last)

    def parts(self) -> dict[str, nn.Module]:
        """Return part name → module for every part that can be trained or frozen."""
        parts = {
            "fc": self.generator.fc,
            "sr": self.generator.sr,
            "discriminator": self.discriminator,
            "face_prior": self.face_prior,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def compute_losses(
        self, batch: Mapping[str, Any], updates_generator: bool = True
    ) -> dict[str, Tensor]:
        """Return ``loss_<term>`` → weighted scalar of the current stage (Eq. 10, 11 or 12)."""
        tensors = StepTensors(
            batch,
            self.generator,
            self.discriminator,
            self.face_prior,
            tracks_generator=updates_generator,
            separately=self.stage is not None and self.stage.separately,
        )
        skip = frozenset() if updates_generator else self._generator_terms()
        return self.losses(tensors, skip)

    @torch.no_grad()
    def predict(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the batch's images: what came in, what was made of it, and the truth.

        Keys are those of :data:`REFERENCES`, :data:`LABELS` (for metrics of the face's geometry)
        and :data:`PREDICTED`, each (N, ...) or None, plus ``name``; HR predictions are None in a
        stage that works at LR only, LR ones where the face is enlarged first.
        """
        tensors = StepTensors(batch, self.generator, None, None)
        images: dict[str, Any] = {key: batch.get(key) for key in REFERENCES + LABELS}
        for key in PREDICTED:
            wanted = key in tensors and (self.restores or key not in names.HR_MADE)
            value = tensors[key] if wanted else None
            images[key] = None if value is None else value.float()
        images["name"] = list(batch["name"])
        return images

    def _find_made(self) -> frozenset[str]:
        generator = self.generator
        made = (generator.fc_tensors | generator.sr_tensors) - generator.absent
        return made | (names.ALL_TENSORS - names.LR_MADE - names.HR_MADE)

    def _find_reach(self, part: str, stage: Stage) -> frozenset[str]:
        if part in ("fc", "sr"):
            return self.generator.find_reach(part, stage.separately)
        is_prior = part == "face_prior"
        return names.PRIOR_OF_TARGET if is_prior else names.DISCRIMINATOR_TENSORS

    def _describe(self) -> str:
        order = ("fc", "sr") if self.generator.first == "fc" else ("sr", "fc")
        return " + ".join(type(self.parts()[part]).__name__ for part in order)

    def _generator_terms(self) -> frozenset[str]:
        own = names.DISCRIMINATOR_TENSORS | names.PRIOR_OF_TARGET
        return frozenset(term.name for term in self.losses.terms if not term.tensor_names & own)


def _build_face_prior(config: Any) -> tuple[nn.Module | None, bool]:
    if config is None or isinstance(config, nn.Module):
        return config, False
    arguments = dict(config)
    path = arguments.pop("weights", None)
    network = FACE_PRIORS.build(arguments)
    if path is not None:
        load_part_weights(network, path, "face_prior")
    return network, path is not None
