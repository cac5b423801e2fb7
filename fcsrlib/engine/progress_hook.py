"""Shows a run as it goes: a bar on a terminal, lines in the log, scalars for TensorBoard."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from torch import Tensor

from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class ProgressHook(Hook):
    """Stage, iteration, losses, images per second and time left in the stage.

    Args:
        interval_iters: Log a line and write scalars every so many iterations.
        min_seconds: But not more often than this, a stage's end excepted.
    """

    priority = "BELOW_NORMAL"

    def __init__(self, interval_iters: int = 50, min_seconds: float = 0.0) -> None:
        self.interval_iters = interval_iters
        self.min_seconds = min_seconds
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._since = 0.0
        self._paused = 0.0
        self._bar: Progress | None = None
        self._task: Any = None
        self._stage_name = ""

    def before_train(self, runner: Any) -> None:
        """Open the bar, on a terminal only."""
        if is_main_process() and sys.stderr.isatty():
            self._bar = _open_bar()
            self._task = self._bar.add_task("", total=None, note="")
            self._bar.start()

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Start the clock of one iteration."""
        stage, iteration = runner.train_loop.locate()
        if stage.name != self._stage_name:
            self._stage_name = stage.name
            self._reset()
            if self._bar:
                self._bar.reset(
                    self._task,
                    total=stage.iters,
                    completed=iteration,
                    description=stage.name,
                    note="",
                )
        self._started, self._paused = time.perf_counter(), 0.0

    def before_val(self, runner: Any) -> None:
        """Stop the clock: validation at a stage's end falls into its last iteration."""
        self._paused -= time.perf_counter()

    def after_val(self, runner: Any) -> None:
        """Let the clock run again."""
        self._paused += time.perf_counter()

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Take in the losses; report at intervals and at a stage's end."""
        self._since += time.perf_counter() - self._started - self._paused
        for name, value in outputs.items():
            self._sums[name] = self._sums.get(name, 0) + value
            self._counts[name] = self._counts.get(name, 0) + 1
        stage, iteration = runner.train_loop.locate()
        if self._bar:
            self._bar.update(self._task, completed=iteration + 1)
        is_due = (iteration + 1) % self.interval_iters == 0 and self._since >= self.min_seconds
        if is_due or iteration + 1 == stage.iters:
            self._report(runner, stage, iteration + 1)

    def after_train(self, runner: Any) -> None:
        """Close the bar."""
        self.close()

    def close(self) -> None:
        """Give the terminal back, also after an interruption."""
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _report(self, runner: Any, stage: Any, done: int) -> None:
        # A term may be absent from some iterations, where only the discriminator learns.
        losses = {name: float(x) / self._counts[name] for name, x in self._sums.items()}
        seconds = self._since / self._counts["loss"]
        rate = runner.train_loop.images_per_iteration() / seconds
        left = (stage.iters - done) * seconds
        values = "  ".join(f"{name.removeprefix('loss_')} {x:.4g}" for name, x in losses.items())
        text = f"{rate:.1f} images/s  {_clock(left)} left in stage  {values}"
        if self._bar:
            note = f"{rate:.1f} images/s  {_clock(left)} left in stage  loss {losses['loss']:.4g}"
            self._bar.update(self._task, note=note)
        if is_main_process():
            runner.logger.info(f"{stage.name} {done}/{stage.iters}  {text}")
            scalars = {f"train/{name}": value for name, value in losses.items()}
            scalars["train/images_per_second"] = rate
            runner.visualizer.add_scalars(scalars, step=runner.iter + 1)
        self._reset()

    def _reset(self) -> None:
        self._sums, self._counts, self._since = {}, {}, 0.0


def _open_bar() -> Progress:
    """Make a bar below the log lines of all handlers that write to the terminal."""
    console = Console(stderr=True)
    for logger in [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]:
        for handler in getattr(logger, "handlers", ()):
            if type(handler) is logging.StreamHandler:
                handler.setStream(_ConsoleStream(console))
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    )


class _ConsoleStream:
    """File-like object that prints above the bar."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def write(self, text: str) -> None:
        if text.strip():
            self.console.print(text.rstrip("\n"), markup=False, highlight=False, soft_wrap=True)

    def flush(self) -> None:
        self.console.file.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
