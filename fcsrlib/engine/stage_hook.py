"""Enters stages: freezes and frees parts on the device, sets learning rates, validates."""

from __future__ import annotations

from typing import Any

from mmengine.dist import all_reduce_params, get_world_size
from mmengine.hooks import Hook

from fcsrlib.engine.staged_loop import StagedTrainLoop
from fcsrlib.models.stage import Stage
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class StageHook(Hook):
    """Puts the model into the stage that the iteration number says.

    It validates at both ends of a stage, so that every stage's gain can be told. In
    distributed training it also averages buffers (BatchNorm statistics) over the processes after
    each iteration, so that all processes hold one and the same model.

    Args:
        validates: Validate at the start and the end of each stage.
    """

    priority = "VERY_HIGH"

    def __init__(self, validates: bool = True) -> None:
        self.validates = validates
        self._base_rates: dict[str, list[float]] = {}

    def before_train(self, runner: Any) -> None:
        """Remember the optimisers' own rates, which stages without ``lr`` use."""
        loop = _loop(runner)
        stage, _ = loop.locate()
        for name, wrapper in runner.optim_wrapper.items():
            rate = wrapper.optimizer.defaults["lr"]
            self._base_rates[name] = [
                group.get("initial_lr", rate) for group in wrapper.param_groups
            ]
        self._enter(runner, stage)

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Enter the stage of this iteration and set its learning rates."""
        loop = _loop(runner)
        stage, iteration = loop.locate()
        if loop.model.stage is not stage:
            self._enter(runner, stage)
        if iteration == 0 and self.validates:
            loop.validate(f"{stage.name} start", loop.iter)
        for part in loop.model.trained_parts:
            groups = runner.optim_wrapper[part].param_groups
            for group, base in zip(groups, self._base_rates[part], strict=True):
                group["lr"] = stage.learning_rate(part, base, iteration)

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Average buffers over the processes; validate at a stage's end."""
        loop = _loop(runner)
        if get_world_size() > 1:
            buffers = [b for b in loop.model.buffers() if b.is_floating_point()]
            all_reduce_params(buffers, op="mean")
        stage, iteration = loop.locate()
        if iteration + 1 == stage.iters and self.validates:
            loop.validate(f"{stage.name} end", loop.iter + 1)

    def _enter(self, runner: Any, stage: Stage) -> None:
        model = _loop(runner).model
        model.enter_stage(stage)
        trained = sorted(model.trained_parts)
        frozen = sorted(set(model.parts()) - model.trained_parts)
        runner.logger.info(
            f"stage '{stage.name}': {stage.iters} iterations, trains {', '.join(trained)}; "
            f"frozen: {', '.join(frozen) or 'nothing'}"
        )


def _loop(runner: Any) -> StagedTrainLoop:
    return runner.train_loop
