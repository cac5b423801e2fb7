"""Enters stages: freezes and frees parts, sets learning rates, validates."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict

from fcsrlib.engine.staged_loop import StagedTrainLoop
from fcsrlib.models.stage import Stage
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class StageHook(Hook):
    """Puts the model into the stage that the iteration number says.

    It validates at both ends of a stage, so that every stage's gain can be told, and where the
    loop's ``val_interval`` says, always before a checkpoint of that iteration is written.

    Args:
        validates: Validate at the start and the end of each stage.
    """

    priority = "VERY_HIGH"

    def __init__(self, validates: bool = True) -> None:
        self.validates = validates
        self._base_rates: dict[str, list[float]] = {}

    def before_run(self, runner: Any) -> None:
        """Remember the config's own rates, before a checkpoint brings those it stopped at."""
        if isinstance(runner.optim_wrapper, OptimWrapperDict):
            for name, wrapper in runner.optim_wrapper.items():
                self._base_rates[name] = [group["lr"] for group in wrapper.param_groups]

    def before_train(self, runner: Any) -> None:
        """Enter the stage that the run starts or continues in."""
        stage, _ = _loop(runner).locate()
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
        """Validate at a stage's end and at the loop's interval."""
        loop, done = _loop(runner), runner.iter + 1
        stage, iteration = loop.locate()
        if iteration + 1 == stage.iters and self.validates:
            loop.validate(f"{stage.name} end", done)
        elif loop.val_interval and done % loop.val_interval == 0:
            loop.validate(f"iteration {done}", done)

    def _enter(self, runner: Any, stage: Stage) -> None:
        model = _loop(runner).model
        model.enter_stage(stage)
        trained = sorted(model.trained_parts)
        frozen = sorted(set(model.parts()) - model.trained_parts)
        runner.logger.info(
            f"stage '{stage.name}': {stage.iters} iterations, trains {', '.join(trained)}; "
            f"frozen: {', '.join(frozen) or 'nothing'}"
        )
        terms = {term.name for term in model.losses.terms}
        left_out = [term["name"] for term in stage.losses if term["name"] not in terms]
        if left_out:
            runner.logger.info(
                f"terms left out, as only a network with given weights could learn from them: "
                f"{', '.join(left_out)}"
            )


def _loop(runner: Any) -> StagedTrainLoop:
    return runner.train_loop
