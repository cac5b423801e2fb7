"""The trainable model: generator, discriminator and face prior under one staged training step."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapperDict
from torch import Tensor, nn

from fcsrlib.errors import ConfigError
from fcsrlib.losses.loss_set import LossSet
from fcsrlib.models import step_tensors as names
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.order import build_generator
from fcsrlib.models.stage import Stage, freeze, unfreeze
from fcsrlib.models.step_tensors import StepTensors
from fcsrlib.models.update import run_update
from fcsrlib.models.weights import load_part_weights
from fcsrlib.registry import DISCRIMINATORS, FACE_PRIORS, MODELS

PREDICTED = ("lr_completed", "lr_composite", "hr_coarse", "hr_restored")
REFERENCES = ("lr_masked", "hole_mask", "lr_target", "hr_target")


@MODELS.register_module()
class FCSRGAN(BaseModel):
    """FCSR-GAN (Fig. 2): obeys the stage it is put into and computes that stage's terms.

    Attributes:
        stage: The current stage; None before :meth:`enter_stage`.
        restores: Whether predictions include HR images; a stage decides by what its terms read.

    Args:
        generator: ``dict(fc=..., sr=...)``, arguments of
            :func:`fcsrlib.models.order.build_generator`, or a module.
        discriminator: Config of slot DISCRIMINATORS; None where no stage has an adversarial term.
        face_prior: Config of slot FACE_PRIORS, the auxiliary network of Eq. 9. With a further key
            ``weights`` (a file), those are loaded and the network is never trained; without, it
            learns from the true faces in the stages that list ``face_prior`` in ``train``.
        data_preprocessor: Config of :class:`fcsrlib.data.FacePreprocessor`.
        channels_last: Lay weights out channels last; on processors with bf16 units a training
            step of FSRNet takes three quarters of the time, in fp32 nine tenths.
    """

    def __init__(
        self,
        *,
        generator: Any,
        discriminator: Any = None,
        face_prior: Any = None,
        data_preprocessor: Any = None,
        channels_last: bool = True,
    ) -> None:
        if isinstance(data_preprocessor, Mapping):
            data_preprocessor = MODELS.build(dict(data_preprocessor))
        super().__init__(data_preprocessor=data_preprocessor)
        is_built = isinstance(generator, nn.Module)
        self.generator: FCSRGenerator = generator if is_built else build_generator(**generator)
        self.discriminator = DISCRIMINATORS.build(discriminator) if discriminator else None
        self.face_prior, is_given = _build_face_prior(face_prior)
        self._given = frozenset({"face_prior"} if is_given else ())
        if channels_last:
            self.to(memory_format=torch.channels_last)
        # A set compares parameters by identity, which is what is meant.
        self._born_frozen = {p for p in self.parameters() if not p.requires_grad}
        self.stage: Stage | None = None
        self.restores = True
        self._trained: frozenset[str] = frozenset(self.parts())
        self._loss_sets: dict[str, LossSet] = {}

    def parts(self) -> dict[str, nn.Module]:
        """Return part name → module for every part that can be trained or frozen."""
        parts = {
            "fc": self.generator.fc,
            "sr": self.generator.sr,
            "discriminator": self.discriminator,
            "face_prior": self.face_prior,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def check_stage(self, stage: Stage) -> LossSet:
        """Build the terms of ``stage`` and check that this model can run them.

        Raises:
            ConfigError: A term reads a tensor that does not exist, that the backbones do not
                make or that needs a missing part; the stage trains a part that the model lacks or
                that no term reaches; or there are iterations in which nothing would learn.
        """
        if stage.name in self._loss_sets:
            return self._loss_sets[stage.name]
        losses = LossSet(stage.losses)
        self._check_names(stage, losses.tensor_names)
        needed = {
            "discriminator": losses.tensor_names & names.NEED_DISCRIMINATOR,
            "face_prior": losses.tensor_names & names.NEED_FACE_PRIOR,
        }
        for part in ("discriminator", "face_prior"):
            if part not in self.parts() and (needed[part] or part in stage.train):
                raise ConfigError(
                    f"stage '{stage.name}' needs a {part}, but model.{part} is None; configure "
                    f"one or drop the terms that read {sorted(needed[part])}."
                )
        self._check_reach(stage, losses)
        self._check_updates(stage)
        self._loss_sets[stage.name] = losses
        return losses

    def _check_names(self, stage: Stage, read: set[str]) -> None:
        unknown = sorted(read - names.ALL_TENSORS)
        if unknown:
            close = difflib.get_close_matches(unknown[0], names.ALL_TENSORS, n=2)
            hint = f"did you mean {' or '.join(close)}? " if close else ""
            raise ConfigError(
                f"stage '{stage.name}' reads {unknown}; {hint}a step has "
                f"{sorted(names.ALL_TENSORS)}."
            )
        generator = self.generator
        made = (generator.fc_tensors | generator.sr_tensors) - generator.absent
        absent = sorted(read & (names.LR_MADE | names.HR_MADE) - made)
        if absent:
            parts = [type(generator.fc).__name__, type(generator.sr).__name__]
            pair = " + ".join(parts if generator.first == "fc" else reversed(parts))
            raise ConfigError(
                f"stage '{stage.name}' reads {absent}, which {pair} does not make; drop those "
                "terms or choose a backbone that makes them."
            )

    def _check_reach(self, stage: Stage, losses: LossSet) -> None:
        """Check that every part the stage trains gets a gradient from some term."""
        read = losses.tensor_names
        reaching = {
            "fc": self.generator.find_reach("fc", stage.separately),
            "sr": self.generator.find_reach("sr", stage.separately),
            "discriminator": names.DISCRIMINATOR_TENSORS,
            "face_prior": names.PRIOR_OF_TARGET,
        }
        for part in stage.train:
            if not read & reaching[part]:
                raise ConfigError(
                    f"stage '{stage.name}' trains {part}, but none of its terms reads one of "
                    f"{sorted(reaching[part])}: it would never learn."
                )

    def _check_updates(self, stage: Stage) -> None:
        learning = set(stage.train) - self._given
        if not learning - {"fc", "sr"} and (not learning or stage.generator_interval > 1):
            raise ConfigError(
                f"stage '{stage.name}' trains {list(stage.train)} with generator_interval="
                f"{stage.generator_interval}: in some iterations nothing would learn (a face "
                "prior with given weights never does)."
            )

    def enter_stage(self, stage: Stage) -> None:
        """Freeze what ``stage`` does not train, free what it does, and use its terms."""
        losses = self.check_stage(stage)
        self.stage = stage
        self._trained = frozenset(stage.train) - self._given
        self.restores = bool(losses.tensor_names & names.NEED_HR)
        # Heatmaps are the costliest thing a batch is made of; most stages do not read them.
        self.data_preprocessor.with_heatmaps = "landmark_target" in losses.tensor_names
        losses.to(next(self.generator.parameters()).device)
        self.train(self.training)

    @property
    def trained_parts(self) -> frozenset[str]:
        """Names of the parts that learn in the current stage."""
        return self._trained

    @property
    def losses(self) -> LossSet:
        """Terms of the current stage."""
        if self.stage is None:
            raise ConfigError("the model is in no stage; call enter_stage() before training.")
        return self._loss_sets[self.stage.name]

    def train(self, mode: bool = True) -> FCSRGAN:
        """Set training mode; frozen parts stay in eval whatever the framework asks."""
        super().train(mode)
        for name, part in self.parts().items():
            if name not in self._trained:
                freeze(part)
            elif mode:
                unfreeze(part, self._born_frozen)
        return self

    def forward(
        self, batch: Mapping[str, Any], mode: str = "predict", updates_generator: bool = True
    ) -> dict[str, Any]:
        """Run the model on a preprocessed batch.

        Args:
            batch: Output of the preprocessor.
            mode: ``loss`` for the stage's weighted terms, ``predict`` for images.
            updates_generator: In mode ``loss``, whether the generator learns in this step.
        """
        if mode == "loss":
            return self.compute_losses(batch, updates_generator)
        return self.predict(batch)

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

        Keys are those of :data:`REFERENCES` and :data:`PREDICTED`, each (N, ...) or None, plus
        ``name``; HR predictions are None in a stage that works at LR only, LR ones where the
        face is enlarged first.
        """
        tensors = StepTensors(batch, self.generator, None, None)
        images: dict[str, Any] = {key: batch.get(key) for key in REFERENCES}
        for key in PREDICTED:
            wanted = key in tensors and (self.restores or key not in names.HR_MADE)
            value = tensors[key] if wanted else None
            images[key] = None if value is None else value.float()
        images["name"] = list(batch["name"])
        return images

    def train_step(
        self, data: list[Mapping[str, Any]], optim_wrapper: OptimWrapperDict, **options: Any
    ) -> dict[str, Tensor]:
        """Update the parts of the current stage once, see :func:`run_update`."""
        return run_update(self, data, optim_wrapper, **options)

    def val_step(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one dict of CPU tensors per image of a raw batch, see :meth:`predict`."""
        if not data["name"]:
            return []
        images = self.predict(self.data_preprocessor(data, False))
        on_cpu = {
            key: value.cpu() if isinstance(value, Tensor) else value
            for key, value in images.items()
        }
        return [
            {key: None if value is None else value[i] for key, value in on_cpu.items()}
            for i in range(len(images["name"]))
        ]

    test_step = val_step

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
