"""From a config and command-line flags to a finished run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib.engine.checkpoint import FOLDER, list_checkpoints
from fcsrlib.engine.config import add_tensorboard, complete_config, make_quick
from fcsrlib.engine.config_errors import explaining_config
from fcsrlib.engine.data_choice import choose_data
from fcsrlib.engine.distributed import join_processes, leave_processes
from fcsrlib.engine.progress_hook import ProgressHook
from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.errors import ConfigError


def train(
    config: Config,
    *,
    work_dir: str | Path | None = None,
    data_root: str | Path | None = None,
    quick: bool = False,
    resume: bool = False,
    amp: bool = False,
    launcher: str = "none",
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> FCSRRunner:
    """Train through all stages of ``config``.

    Args:
        config: Output of :func:`fcsrlib.engine.config.read_config`.
        work_dir: Where everything goes; default ``work_dirs/<config name>``.
        data_root: Faces to train on instead of the config's.
        quick: Use the config's short schedule; always so on synthetic faces.
        resume: Continue the run in ``work_dir``.
        amp: Run the networks under bf16 autocast.
        launcher: ``none``, ``pytorch`` (torchrun) or ``slurm``.
        seed: Seed of everything random; default the config's.
        overrides: Dotted key → value, put over the config last, after its short schedule.

    Returns:
        The runner after training.

    Raises:
        FCSRError: Anything about config, data or checkpoints that cannot work.
    """
    join_processes(launcher)
    try:
        with explaining_config():
            runner = _prepare(
                config, work_dir, data_root, quick, resume, amp, launcher, seed, overrides
            )
            _run(runner)
    finally:
        leave_processes()
    return runner


def _run(runner: FCSRRunner) -> None:
    try:
        runner.train()
    finally:
        for hook in runner.hooks:
            if isinstance(hook, ProgressHook):
                hook.close()


def _prepare(
    config: Config,
    work_dir: str | Path | None,
    data_root: str | Path | None,
    quick: bool,
    resume: bool,
    amp: bool,
    launcher: str,
    seed: int | None,
    overrides: Mapping[str, Any] | None = None,
) -> FCSRRunner:
    data = choose_data(config, data_root)
    # Somebody without data wants to see the method run, not to train on drawings for weeks.
    is_quick = quick or (data.is_synthetic and "quick" in config)
    if is_quick:
        make_quick(config)
        config.merge_from_dict(dict(overrides or {}))
    if seed is not None:
        config.randomness = dict(seed=seed)
    complete_config(config)
    add_tensorboard(config)
    config.train_dataloader.dataset.seed = config.get("randomness", {}).get("seed") or 0
    config.train_cfg.amp = amp or config.train_cfg.get("amp", False)
    config.launcher = launcher
    config.resume = resume
    name = Path(config.filename).stem if config.filename else "run"
    config.work_dir = str(work_dir or config.get("work_dir") or Path("work_dirs", name))
    _check_work_dir(config.work_dir, resume)
    schedule = "the quick schedule" if is_quick else "the full schedule"
    runner = FCSRRunner.from_cfg(config)
    runner.logger.info(
        f"training on {data.description}, with {schedule}; everything goes to {config.work_dir}"
    )
    return runner


def _check_work_dir(work_dir: str, resume: bool) -> None:
    folder = Path(work_dir)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"--work-dir {folder} is a file; give a folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--work-dir {folder} cannot be made: {error}.") from error
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"--work-dir {folder} is not writable; give another.")
    if not resume and (list_checkpoints(folder) or list((folder / FOLDER).glob("*.pth"))):
        raise ConfigError(
            f"{folder} already holds a run; add --resume to continue it, or give another "
            "--work-dir. Nothing was overwritten."
        )
