"""Saves resumable checkpoints at intervals, at the end of each stage, and on interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from fcsrlib.engine.checkpoint import FOLDER, list_checkpoints
from fcsrlib.errors import ConfigError, FCSRError
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class StageCheckpointHook(Hook):
    """Saves ``checkpoints/iter_<n>.pth`` and, at a stage's end, ``checkpoints/<stage>.pth``.

    A model whose loss is no longer finite is never saved: the run stops and names the last good
    checkpoint instead.

    Args:
        interval_iters: Save every so many iterations, and at the end of every stage.
        keep: Numbered checkpoints to keep; older ones are removed after a new one is whole.
    """

    priority = "VERY_LOW"

    def __init__(self, interval_iters: int = 1000, keep: int = 2) -> None:
        if interval_iters < 1 or keep < 1:
            raise ConfigError(
                f"StageCheckpointHook has interval_iters={interval_iters}, keep={keep}; "
                "expected 1 or more of both."
            )
        self.interval_iters = interval_iters
        self.keep = keep

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Save where this iteration ends an interval or a stage."""
        done = runner.iter + 1
        stage, iteration = runner.train_loop.locate()
        ends_stage = iteration + 1 == stage.iters
        if done % self.interval_iters and not ends_stage:
            return
        self._refuse_broken(runner, outputs)
        runner.save_state(f"iter_{done}.pth", done)
        if ends_stage:
            runner.save_state(f"{stage.name}.pth", done, with_optimizers=False)
        if is_main_process():
            for path in list_checkpoints(runner.work_dir)[: -self.keep]:
                path.unlink(missing_ok=True)

    def _refuse_broken(self, runner: Any, outputs: Any) -> None:
        if torch.isfinite(outputs["loss"]):
            return
        terms = [name for name, value in outputs.items() if not torch.isfinite(value)]
        saved = list_checkpoints(runner.work_dir)
        last = saved[-1] if saved else Path(runner.work_dir, FOLDER, "none yet")
        raise FCSRError(
            f"training diverged: {', '.join(terms)} not finite at iteration {runner.iter + 1}; "
            f"the last good checkpoint is {last}. Lower the learning rate and --resume."
        )
