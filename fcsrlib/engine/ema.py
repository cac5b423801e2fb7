"""Exponential moving average of weights, used for validation and release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.hooks import Hook
from torch import Tensor

from fcsrlib.errors import ConfigError
from fcsrlib.models.weights import load_state
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class MovingAverageHook(Hook):
    """Averages the parts that a model is trained for: FC and SR, or a face prior alone.

    The average follows closely at first: at update n of a part its decay is
    ``min(decay, (1+n)/(10+n))``. Each part counts its own updates, so that one which starts to
    learn in a later stage is not held back by its random beginnings. A part that is frozen is not
    averaged further. Validation and previews see the average.

    Args:
        decay: Share of the old average kept per update, in [0, 1).
    """

    priority = "HIGHEST"  # the validation of a stage's end must see that stage's last update

    def __init__(self, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ConfigError(f"MovingAverageHook has decay={decay}; expected 0 <= decay < 1.")
        self.decay = decay
        self.num_updates: dict[str, int] = {}
        self._average: dict[str, Tensor] = {}
        self._is_swapped = False

    def before_train(self, runner: Any) -> None:
        """Start from the current weights, unless a checkpoint brought an average."""
        if not self._average:
            self._average = {
                name: tensor.detach().clone()
                for tensors in _collect(runner).values()
                for name, tensor in tensors.items()
            }

    @torch.no_grad()
    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Take the new weights of the trained parts into the average."""
        loop = runner.train_loop
        stage, iteration = loop.locate()
        if not stage.updates_generator(iteration):
            return
        for part, tensors in _collect(runner).items():
            if part in loop.model.trained_parts:
                self._update(part, tensors)

    def _update(self, part: str, state: dict[str, Tensor]) -> None:
        count = self.num_updates[part] = self.num_updates.get(part, 0) + 1
        decay = min(self.decay, (1 + count) / (10 + count))
        floats = [name for name, tensor in state.items() if tensor.is_floating_point()]
        if floats:
            torch._foreach_lerp_(
                [self._average[name] for name in floats],
                [state[name] for name in floats],
                1 - decay,
            )
        for name in state.keys() - set(floats):
            self._average[name].copy_(state[name])

    def before_val(self, runner: Any) -> None:
        """Put the average into the model."""
        self._swap(runner, into_model=True)

    def after_val(self, runner: Any) -> None:
        """Put the trained weights back."""
        self._swap(runner, into_model=False)

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Add the average as ``ema_state_dict``, under the names of the whole model."""
        checkpoint["ema_state_dict"] = dict(self._average)
        checkpoint["meta"]["ema_updates"] = dict(self.num_updates)

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Continue with the checkpoint's average."""
        stored = checkpoint.get("ema_state_dict")
        if not stored:
            return
        model = runner.train_loop.model
        trained = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        load_state(model, {**trained, **stored}, "the checkpoint's moving average")
        self._average = {
            name: tensor.clone()
            for tensors in _collect(runner).values()
            for name, tensor in tensors.items()
        }
        model.load_state_dict(trained)
        self.num_updates |= checkpoint["meta"].get("ema_updates", {})

    @torch.no_grad()
    def _swap(self, runner: Any, into_model: bool) -> None:
        if self._is_swapped == into_model or not self._average:
            return
        for tensors in _collect(runner).values():
            for name, tensor in tensors.items():
                kept = tensor.clone()
                tensor.copy_(self._average[name])
                self._average[name].copy_(kept)
        self._is_swapped = into_model


def _collect(runner: Any) -> dict[str, dict[str, Tensor]]:
    """Return part → name in the whole model → tensor, of the parts that are averaged."""
    model = runner.train_loop.model
    return {
        part: model.parts()[part].state_dict(prefix=f"{path}.")
        for part, path in model.averaged.items()
    }


@contextmanager
def averaged_weights(runner: Any) -> Iterator[None]:
    """Let the model hold the average meanwhile, where the run keeps one."""
    averages = [hook for hook in runner.hooks if isinstance(hook, MovingAverageHook)]
    for hook in averages:
        hook.before_val(runner)
    try:
        yield
    finally:
        for hook in averages:
            hook.after_val(runner)
