"""What every trainable model shares: parts, a stage that says which of them learn, its terms."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapperDict
from torch import Tensor, nn

from fcsrlib.errors import ConfigError
from fcsrlib.losses.loss_set import LossSet, LossTerm
from fcsrlib.models import step_tensors as names
from fcsrlib.models.stage import Stage, freeze, unfreeze
from fcsrlib.models.update import run_update
from fcsrlib.registry import MODELS


class StagedModel(BaseModel):
    """Obeys the stage it is put into and computes that stage's terms.

    A subclass makes its parts, calls :meth:`_finish`, and says what its terms can read.

    Attributes:
        averaged: Part → where it lies in the model, of the parts whose weights are averaged.
        measured: What is measured and released: the name of the module that holds those parts.
        stage: The current stage; None before :meth:`enter_stage`.
        restores: Whether predictions include restored faces.

    Args:
        data_preprocessor: Config of :class:`fcsrlib.data.FacePreprocessor`, or a module.
    """

    averaged: ClassVar[Mapping[str, str]]
    measured: ClassVar[str]

    def __init__(self, data_preprocessor: Any = None) -> None:
        if isinstance(data_preprocessor, Mapping):
            data_preprocessor = MODELS.build(dict(data_preprocessor))
        super().__init__(data_preprocessor=data_preprocessor)
        self.stage: Stage | None = None
        self.restores = False
        self._loss_sets: dict[str, LossSet] = {}

    def _finish(self, given: frozenset[str], channels_last: bool) -> None:
        """Note how the parts were built: those in ``given`` never learn."""
        self._given = given
        if channels_last:
            self.to(memory_format=torch.channels_last)
        # A set compares parameters by identity, which is what is meant.
        self._born_frozen = {p for p in self.parameters() if not p.requires_grad}
        self._trained = frozenset(self.parts())

    def parts(self) -> dict[str, nn.Module]:
        """Return part name → module for every part that can be trained or frozen."""
        raise NotImplementedError

    def compute_losses(
        self, batch: Mapping[str, Any], updates_generator: bool = True
    ) -> dict[str, Tensor]:
        """Return ``loss_<term>`` → weighted scalar of the current stage."""
        raise NotImplementedError

    def predict(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is made of a preprocessed batch, each (N, ...) or None, and ``name``."""
        raise NotImplementedError

    def _find_made(self) -> frozenset[str]:
        """Return the names of the tensors that a step of this model can have."""
        raise NotImplementedError

    def _find_reach(self, part: str, stage: Stage) -> frozenset[str]:
        """Return the names of the tensors through which ``part`` can learn in ``stage``."""
        raise NotImplementedError

    def check_stage(self, stage: Stage) -> LossSet:
        """Build the terms of ``stage`` and check that this model can run them.

        Terms that could teach nothing but parts with given weights are left out: they would cost
        a forward pass and change nothing.

        Raises:
            ConfigError: A term reads a tensor that does not exist, that the parts do not make or
                that needs a missing part; the stage trains a part that the model lacks or that no
                term reaches; or there are iterations in which nothing would learn.
        """
        if stage.name in self._loss_sets:
            return self._loss_sets[stage.name]
        losses = LossSet(stage.losses)
        losses.terms = [term for term in losses.terms if not self._is_idle(term, stage)]
        self._check_parts(stage, losses.tensor_names)
        self._check_names(stage, losses.tensor_names)
        self._check_reach(stage, losses.tensor_names)
        self._check_updates(stage)
        self._loss_sets[stage.name] = losses
        return losses

    def _is_idle(self, term: LossTerm, stage: Stage) -> bool:
        """Tell whether nothing but parts with given weights could learn from ``term``."""
        reach = frozenset[str]().union(*(self._find_reach(part, stage) for part in self._given))
        made = term.tensor_names - names.BATCH_TENSORS
        return bool(made) and made <= reach

    def _check_parts(self, stage: Stage, read: set[str]) -> None:
        needed = {
            "discriminator": read & names.NEED_DISCRIMINATOR,
            "face_prior": read & names.NEED_FACE_PRIOR,
        }
        for part in {**dict.fromkeys(stage.train), **needed}:
            if part not in self.parts() and (needed.get(part) or part in stage.train):
                read_by = sorted(needed.get(part, ()))
                fix = f"drop the terms that read {read_by}" if read_by else "take it out of `train`"
                raise ConfigError(
                    f"stage '{stage.name}' needs a {part}, but model.{part} is None; configure "
                    f"one or {fix}."
                )

    def _check_names(self, stage: Stage, read: set[str]) -> None:
        unknown = sorted(read - names.ALL_TENSORS)
        if unknown:
            close = difflib.get_close_matches(unknown[0], names.ALL_TENSORS, n=2)
            hint = f"did you mean {' or '.join(close)}? " if close else ""
            raise ConfigError(
                f"stage '{stage.name}' reads {unknown}; {hint}a step has "
                f"{sorted(names.ALL_TENSORS)}."
            )
        absent = sorted(read - self._find_made())
        if absent:
            raise ConfigError(
                f"stage '{stage.name}' reads {absent}, which {self._describe()} does not make; "
                "drop those terms or choose a backbone that makes them."
            )

    def _describe(self) -> str:
        """Return what errors call the networks of this model."""
        return " + ".join(type(part).__name__ for part in self.parts().values())

    def _check_reach(self, stage: Stage, read: set[str]) -> None:
        """Check that every part that learns in the stage gets a gradient from some term."""
        for part in set(stage.train) - self._given:
            reach = self._find_reach(part, stage)
            if not read & reach:
                raise ConfigError(
                    f"stage '{stage.name}' trains {part}, but none of its terms reads one of "
                    f"{sorted(reach)}: it would never learn."
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
        losses.to(next(self.parameters()).device)
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

    def train(self, mode: bool = True) -> StagedModel:
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
            mode: ``loss`` for the stage's weighted terms, ``predict`` for what is made of it.
            updates_generator: In mode ``loss``, whether the generator learns in this step.
        """
        if mode == "loss":
            return self.compute_losses(batch, updates_generator)
        return self.predict(batch)

    def train_step(
        self, data: list[Mapping[str, Any]], optim_wrapper: OptimWrapperDict, **options: Any
    ) -> dict[str, Tensor]:
        """Update the parts of the current stage once, see :func:`run_update`."""
        return run_update(self, data, optim_wrapper, **options)

    def val_step(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one dict of CPU tensors per image of a raw batch, see :meth:`predict`."""
        if not data["name"]:
            return []
        made = self.predict(self.data_preprocessor(data, False))
        on_cpu = {
            key: value.cpu() if isinstance(value, Tensor) else value for key, value in made.items()
        }
        return [
            {key: None if value is None else value[i] for key, value in on_cpu.items()}
            for i in range(len(made["name"]))
        ]

    test_step = val_step
