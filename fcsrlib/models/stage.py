"""A stage of the schedule: which parts learn, from which terms, at which rate, for how long."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import nn

from fcsrlib.errors import ConfigError

PART_NAMES = ("fc", "sr", "discriminator", "face_prior", "occlusion")
DECAYS = ("none", "linear", "cosine")


@dataclass(frozen=True)
class Stage:
    """One stage of the training schedule (Sec. 3.2), as it stands in the config.

    Attributes:
        name: Shown on screen and in file names.
        iters: Number of iterations; one iteration is one update of the parts in ``train``.
        train: Names of the parts that learn; all others are frozen, buffers included.
        losses: Configs of the terms that are summed, see :class:`fcsrlib.losses.LossSet`; in a
            config, lists of terms may stand among them.
        lr: Learning rate of all parts, or one a part; None keeps the optimiser's own.
        decay: ``none``, ``linear`` or ``cosine``, down to zero at the stage's end.
        decay_start: Share of the stage after which the decay begins, in [0, 1).
        warmup_iters: Iterations over which the rate rises linearly from zero.
        generator_interval: The generator is updated in every ``generator_interval``-th iteration,
            the discriminator in each (n_critic of WGAN-GP).
        allows_amp: Whether bf16 autocast, where the run asks for it, applies to this stage. On
            processors it gains nothing at 16x16, and loses where the machine is busy.
        separately: Feed FC and SR true faces in place of what the other one makes, as the paper's
            baselines learn.
    """

    name: str
    iters: int
    train: tuple[str, ...]
    losses: tuple[Mapping[str, Any], ...]
    lr: float | Mapping[str, float] | None = None
    decay: str = "none"
    decay_start: float = 0.0
    warmup_iters: int = 0
    generator_interval: int = 1
    allows_amp: bool = True
    separately: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Stage:
        """Build a stage from a config's dict.

        Raises:
            ConfigError: A key, part, decay or number that cannot be.
        """
        known = set(cls.__dataclass_fields__)
        name = config.get("name", "?")
        unknown = sorted(set(config) - known)
        if unknown:
            raise ConfigError(f"stage '{name}' has {unknown}; it takes {sorted(known)}.")
        missing = sorted({"name", "iters", "train", "losses"} - set(config))
        if missing:
            raise ConfigError(f"stage '{name}' lacks {missing}.")
        values = dict(config)
        train = values["train"]
        values["train"] = (train,) if isinstance(train, str) else tuple(train)
        values["losses"] = tuple(_flatten(values["losses"]))
        if isinstance(values["iters"], float) and values["iters"].is_integer():
            values["iters"] = int(values["iters"])  # 2e5 is a natural way to write it
        stage = cls(**values)
        stage._check()
        return stage

    def _check(self) -> None:
        strangers = [part for part in self.train if part not in PART_NAMES]
        if strangers or not self.train:
            raise ConfigError(
                f"stage '{self.name}' trains {list(self.train)}; expected one or more of "
                f"{list(PART_NAMES)}."
            )
        if self.decay not in DECAYS:
            raise ConfigError(
                f"stage '{self.name}' has decay '{self.decay}'; expected one of {list(DECAYS)}."
            )
        if not isinstance(self.iters, int) or self.iters < 0:
            raise ConfigError(
                f"stage '{self.name}' has iters {self.iters!r}; expected an integer, 0 or more."
            )
        if not 0 <= self.decay_start < 1 or self.generator_interval < 1 or self.warmup_iters < 0:
            raise ConfigError(
                f"stage '{self.name}': expected 0 <= decay_start < 1, generator_interval >= 1 and "
                f"warmup_iters >= 0; got {self.decay_start}, {self.generator_interval}, "
                f"{self.warmup_iters}."
            )
        self._check_rates()

    def _check_rates(self) -> None:
        rates = dict(self.lr) if isinstance(self.lr, Mapping) else {"fc": self.lr}
        strangers = sorted(set(rates) - set(PART_NAMES))
        if strangers:
            raise ConfigError(
                f"stage '{self.name}' has an lr for {strangers}; the parts are {list(PART_NAMES)}."
            )
        for rate in rates.values():
            if rate is not None and (not isinstance(rate, (int, float)) or rate < 0):
                raise ConfigError(
                    f"stage '{self.name}' has lr {rate!r}; expected a number, 0 or more."
                )

    def learning_rate(self, part: str, default: float, iteration: int) -> float:
        """Return the rate of ``part`` at ``iteration`` of this stage, counted from 0.

        A pure function of its arguments, so a resumed run needs no scheduler state.
        """
        base = self.lr if not isinstance(self.lr, Mapping) else self.lr.get(part)
        rate = default if base is None else base
        if iteration < self.warmup_iters:
            return rate * (iteration + 1) / self.warmup_iters
        start = self.decay_start * self.iters
        if self.decay == "none" or iteration < start:
            return rate
        progress = (iteration - start) / (self.iters - start)
        if self.decay == "linear":
            return rate * (1 - progress)
        return rate * 0.5 * (1 + math.cos(math.pi * progress))

    def updates_generator(self, iteration: int) -> bool:
        """Tell whether ``iteration`` of this stage, counted from 0, updates the generator."""
        return (iteration + 1) % self.generator_interval == 0


def _flatten(terms: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the terms of arbitrarily nested lists, so that configs can join lists by name."""
    for term in terms:
        if isinstance(term, Mapping):
            yield term
        else:
            yield from _flatten(term)


def digest_stages(stages: Sequence[Stage]) -> str:
    """Return a sha256 of what the stages train, from which terms; of no lengths and rates."""
    content = [
        [stage.name, sorted(stage.train), stage.separately, stage.generator_interval, stage.losses]
        for stage in stages
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def locate_stage(stages: Sequence[Stage], iteration: int) -> tuple[Stage, int]:
    """Return the stage of overall ``iteration`` and the iteration within it, both from 0.

    At or past the end of the schedule it is the last stage.
    """
    start = 0
    for stage in stages:
        if iteration < start + stage.iters:
            return stage, iteration - start
        start += stage.iters
    return stages[-1], iteration - (start - stages[-1].iters)


def freeze(module: nn.Module) -> None:
    """Stop ``module`` from changing: no gradient, and BatchNorm reads its stored statistics."""
    module.requires_grad_(False)
    module.eval()


def unfreeze(module: nn.Module, born_frozen: Container[nn.Parameter] = ()) -> None:
    """Let ``module`` learn again, but for the parameters it was built with as constants."""
    for parameter in module.parameters():
        parameter.requires_grad_(parameter not in born_frozen)
    module.train()


@contextmanager
def without_parameter_gradients(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through ``module`` to its input but not into its parameters.

    This is what lets one backward pass serve the generator's adversarial term and the
    discriminator's own.
    """
    tracked = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in tracked:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in tracked:
            parameter.requires_grad_(True)
