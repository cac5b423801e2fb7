"""Writes a strip picture of a few faces every so many iterations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from fcsrlib.engine.ema import averaged_weights
from fcsrlib.engine.strip import draw_strip, write_picture
from fcsrlib.errors import ConfigError
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class PreviewHook(Hook):
    """Writes ``previews/<iteration>_<stage>.png`` and keeps ``previews/latest.png`` current.

    The faces are the first of the validation data, always the same with the same holes; without
    validation data, the current training batch.

    Args:
        interval_iters: Write every so many iterations, and at each stage's end.
        num_faces: Rows of the strip.
    """

    priority = "LOW"

    def __init__(self, interval_iters: int = 500, num_faces: int = 6) -> None:
        if interval_iters < 1 or num_faces < 1:
            raise ConfigError(
                f"PreviewHook has interval_iters={interval_iters}, num_faces={num_faces}; "
                "expected 1 or more of both."
            )
        self.interval_iters = interval_iters
        self.num_faces = num_faces
        self._batch: dict[str, Any] | None = None

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Draw where this iteration ends an interval or a stage."""
        stage, iteration = runner.train_loop.locate()
        done = runner.iter + 1
        if not is_main_process():
            return
        if done % self.interval_iters and iteration + 1 != stage.iters:
            return
        model = runner.train_loop.model
        model.eval()
        with averaged_weights(runner):
            predictions = model.val_step(self._pick(runner, data_batch))
        model.train()
        if not predictions:
            return
        picture = draw_strip(predictions)
        folder = Path(runner.work_dir, "previews")
        write_picture(picture, folder / f"{done:07d}_{stage.name}.png")
        write_picture(picture, folder / "latest.png")
        runner.visualizer.add_image("preview", picture, step=done)

    def _pick(self, runner: Any, data_batch: list[dict[str, Any]]) -> dict[str, Any]:
        if runner.val_loop is None:
            return {key: value[: self.num_faces] for key, value in data_batch[0].items()}
        if self._batch is None:
            loader = runner.val_loop.dataloader
            count = min(self.num_faces, len(loader.dataset))
            self._batch = loader.collate_fn([loader.dataset[i] for i in range(count)])
        return self._batch
