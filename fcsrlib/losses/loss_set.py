"""Weighted loss terms of one stage, wired by name to the tensors of a training step."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fcsrlib.errors import ConfigError
from fcsrlib.losses.vgg import feature_cache
from fcsrlib.registry import LOSSES

_TERM_KEYS = ("name", "weight", "inputs")


class LossTerm:
    """One weighted term.

    Args:
        config: ``dict(type=..., name=..., weight=..., inputs=dict(parameter=tensor name), ...)``;
            what is left goes to the loss's constructor. A parameter of the loss that ``inputs``
            does not name takes the tensor of its own name; a list of tensor names sums the loss
            over them.

    Raises:
        ConfigError: No name, inputs that the loss does not take, or none at all.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        values = dict(config)
        if "name" not in values or "type" not in values:
            raise ConfigError(f"loss term {values} needs 'type' and 'name'.")
        self.name: str = values["name"]
        self.weight = float(values.get("weight", 1.0))
        inputs = dict(values.get("inputs", {}))
        self.loss: nn.Module = LOSSES.build(
            {key: value for key, value in values.items() if key not in _TERM_KEYS}
        )
        self.inputs = self._resolve(inputs)

    @property
    def tensor_names(self) -> set[str]:
        """Names of all tensors the term reads."""
        return {name for names in self.inputs.values() for name in names}

    def __call__(self, tensors: Mapping[str, Any]) -> Tensor:
        """Return the weighted value, a scalar."""
        length = max(len(names) for names in self.inputs.values())
        total: Tensor | None = None
        for position in range(length):
            arguments = {
                parameter: tensors[names[position if len(names) > 1 else 0]]
                for parameter, names in self.inputs.items()
            }
            value = self.loss(**arguments)
            total = value if total is None else total + value
        assert total is not None
        return self.weight * total

    def _resolve(self, inputs: dict[str, Any]) -> dict[str, tuple[str, ...]]:
        parameters = inspect.signature(self.loss.forward).parameters
        unknown = sorted(set(inputs) - set(parameters))
        if unknown:
            raise ConfigError(
                f"loss term '{self.name}' maps {unknown}; {type(self.loss).__name__} takes "
                f"{list(parameters)}."
            )
        resolved = {}
        for name, parameter in parameters.items():
            if name in inputs:
                value = inputs[name]
                resolved[name] = (value,) if isinstance(value, str) else tuple(value)
            elif parameter.default is inspect.Parameter.empty:
                resolved[name] = (name,)
        lengths = {len(names) for names in resolved.values()}
        if not resolved or 0 in lengths:
            raise ConfigError(f"loss term '{self.name}' reads nothing; name tensors in its inputs.")
        if len(lengths - {1}) > 1:
            raise ConfigError(
                f"loss term '{self.name}' has lists of different lengths in its inputs: {resolved}."
            )
        return resolved


class LossSet:
    """The terms of one stage.

    It is deliberately no ``nn.Module``: frozen feature networks inside losses belong in nobody's
    state dict, and are not the trained model's to move, average or save.

    Args:
        configs: One config a term, see :class:`LossTerm`.

    Raises:
        ConfigError: Two terms of one name, or a malformed term.
    """

    def __init__(self, configs: Iterable[Mapping[str, Any]]) -> None:
        self.terms = [LossTerm(config) for config in configs]
        names = [term.name for term in self.terms]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"loss terms {twice} stand twice; every term needs its own name.")

    @property
    def tensor_names(self) -> set[str]:
        """Names of all tensors any term reads."""
        return set().union(*(term.tensor_names for term in self.terms))

    def to(self, device: torch.device) -> LossSet:
        """Move the losses' own networks to ``device``."""
        for term in self.terms:
            term.loss.to(device)
        return self

    def __call__(
        self, tensors: Mapping[str, Any], skip: frozenset[str] = frozenset()
    ) -> dict[str, Tensor]:
        """Return ``loss_<name>`` → weighted value.

        Args:
            tensors: The step's tensors by name; only those a term reads are asked for.
            skip: Names of terms to leave out.
        """
        with feature_cache():
            return {
                f"loss_{term.name}": term(tensors) for term in self.terms if term.name not in skip
            }
