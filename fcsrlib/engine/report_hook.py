"""Writes metrics.json and the closing table of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from fcsrlib.engine.checkpoint import FOLDER
from fcsrlib.engine.report import format_comparison, format_scores, write_json
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class ReportHook(Hook):
    """Says at the end what was reached, stage by stage, and where everything lies."""

    priority = "LOWEST"

    def after_train(self, runner: Any) -> None:
        """Write ``metrics.json`` and log the closing table."""
        scores = runner.train_loop.scores
        if not is_main_process():
            return
        work_dir = Path(runner.work_dir)
        lines = [f"trained {runner.max_iters} iterations."]
        if scores:
            last = scores[-1]["figures"]
            protocols = [metric.protocol for metric in runner.val_evaluator.metrics]
            write_json(
                {"protocol": protocols, "final": last, "scores": scores},
                work_dir / "metrics.json",
            )
            lines += ["validation, stage by stage:", format_scores(scores)]
            lines += [f"final, {'; '.join(protocols)}:", format_comparison(last)]
            lines += [f"metrics      {work_dir / 'metrics.json'}"]
        lines += [
            f"checkpoints  {work_dir / FOLDER}",
            f"previews     {work_dir / 'previews'}",
            f"log          {runner.log_dir}",
        ]
        runner.logger.info("\n".join(lines))
