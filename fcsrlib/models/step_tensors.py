"""The named tensors of one training step, each computed when a loss term first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import FacePriors
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.stage import without_parameter_gradients

BATCH_TENSORS = frozenset(
    "lr_masked hole_mask lr_target hr_target landmark_target landmark_known parsing_target".split()
)
LR_MADE = frozenset({"lr_completed", "lr_coarse", "lr_composite"})
HR_MADE = frozenset({"hr_restored", "hr_coarse", "sr_priors", "hr_enlarged", "hr_completed"})
ADVERSARIAL_TENSORS = frozenset({"restored_logits"})
DISCRIMINATOR_TENSORS = frozenset({"real_logits", "fake_logits", "hr_fake", "discriminator"})
PRIOR_OF_RESTORED = frozenset({"restored_priors"})
PRIOR_OF_TARGET = frozenset({"target_priors"})
OCCLUSION_MADE = frozenset({"occlusion_logits"})
OCCLUSION_TENSORS = OCCLUSION_MADE | {"occluder_mask"}

NEED_HR = HR_MADE | ADVERSARIAL_TENSORS | PRIOR_OF_RESTORED | {"fake_logits", "hr_fake"}
NEED_DISCRIMINATOR = ADVERSARIAL_TENSORS | DISCRIMINATOR_TENSORS
NEED_FACE_PRIOR = PRIOR_OF_RESTORED | PRIOR_OF_TARGET
ALL_TENSORS = (
    BATCH_TENSORS | LR_MADE | NEED_HR | NEED_DISCRIMINATOR | NEED_FACE_PRIOR | OCCLUSION_TENSORS
)


class StepTensors(Mapping[str, Any]):
    """Lazily computed tensors of one step; one generator forward serves all who ask.

    ===================== ======================================================================
    name                  meaning
    ===================== ======================================================================
    batch fields          ``lr_masked hole_mask lr_target hr_target landmark_target
                          landmark_known parsing_target``
    ``lr_completed``      ``I'_LR``, the FC backbone's own output (Eq. 1)
    ``lr_coarse``         its earlier estimate, where it makes one
    ``lr_composite``      ``I_LR`` (Eq. 2)
    ``hr_restored``       ``I_HR`` (Eq. 3); ``hr_coarse`` the SR backbone's earlier estimate
    ``sr_priors``         the SR backbone's own face priors
    ``hr_enlarged``       SR's output where it comes first; FC's is then ``hr_completed``, and
                          ``hr_restored`` their composite
    ``restored_logits``   D on the restored face; gradients reach the generator only
    ``real_logits``       D on the true face; ``fake_logits`` D on the restored face, detached:
                          gradients reach D only
    ``discriminator``     D as a function of an image; ``hr_fake`` the restored face, detached
    ``restored_priors``   face prior of the restored face; gradients reach the generator only
    ``target_priors``     face prior of the true face; gradients reach the prior network only
    ===================== ======================================================================

    Args:
        batch: Output of the preprocessor.
        generator: The compound generator.
        discriminator: Network of slot DISCRIMINATORS, or None.
        face_prior: Network of slot FACE_PRIORS, or None.
        tracks_generator: Whether the generator's forward records gradients in this step.
        separately: Whether FC and SR are fed true faces in place of what the other one makes.
    """

    def __init__(
        self,
        batch: Mapping[str, Any],
        generator: FCSRGenerator,
        discriminator: nn.Module | None,
        face_prior: nn.Module | None,
        tracks_generator: bool = True,
        separately: bool = False,
    ) -> None:
        self._values: dict[str, Any] = {
            name: value for name, value in batch.items() if name in BATCH_TENSORS
        }
        self._discriminator = discriminator
        self._face_prior = face_prior
        self._tracks_generator = tracks_generator
        self._separately = separately
        self._makers: dict[str, Callable[[], None]] = {
            **dict.fromkeys(generator.fc_tensors, partial(self._generate, generator.run_fc)),
            **dict.fromkeys(generator.sr_tensors, partial(self._generate, generator.run_sr)),
            **{
                name: partial(self._judge, name)
                for name in ADVERSARIAL_TENSORS | DISCRIMINATOR_TENSORS
            },
            **{name: partial(self._read_face, name) for name in NEED_FACE_PRIOR},
        }

    def __getitem__(self, name: str) -> Any:
        """Return the tensor ``name``, computing it and what it needs at the first call."""
        if name not in self._values:
            self._makers[name]()
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether ``name`` can be asked for, without computing it."""
        return name in self._values or name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Iterate over all names that can be asked for."""
        return iter(dict.fromkeys([*self._values, *self._makers]))

    def __len__(self) -> int:
        """Return the number of names that can be asked for."""
        return len(set(self._values) | set(self._makers))

    def _generate(self, run: Callable[[Mapping[str, Any], bool], dict[str, Any]]) -> None:
        with torch.set_grad_enabled(self._tracks_generator and torch.is_grad_enabled()):
            self._values.update(run(self, self._separately))

    def _judge(self, name: str) -> None:
        network = self._discriminator
        assert network is not None
        judge = partial(network, hole_mask=self._hr_hole_mask())
        if name == "restored_logits":
            with without_parameter_gradients(network):
                value: Any = judge(self["hr_restored"])
        elif name == "real_logits":
            value = judge(self["hr_target"])
        elif name == "fake_logits":
            value = judge(self["hr_fake"])
        elif name == "hr_fake":
            value = self["hr_restored"].detach()
        else:
            value = judge
        self._values[name] = value

    def _read_face(self, name: str) -> None:
        network = self._face_prior
        assert network is not None
        if name == "restored_priors":
            with without_parameter_gradients(network):
                priors: FacePriors = network(self["hr_restored"])
        else:
            priors = network(self["hr_target"])
        self._values[name] = priors

    def _hr_hole_mask(self) -> Tensor:
        if "hr_hole_mask" not in self._values:
            self._values["hr_hole_mask"] = functional.interpolate(
                self["hole_mask"], size=self["hr_target"].shape[-2:], mode="nearest"
            )
        return self._values["hr_hole_mask"]
