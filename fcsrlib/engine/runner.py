"""MMEngine's runner with our checkpoints: safe to load, written whole, resumed exactly."""

from __future__ import annotations

import logging
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import barrier, is_main_process
from mmengine.logging import MMLogger
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from fcsrlib import __version__
from fcsrlib.engine.checkpoint import FOLDER, read_newest, write_checkpoint
from fcsrlib.engine.distributed import StagedDataParallel
from fcsrlib.engine.interruption import end_quietly
from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.models.stage import digest_stages
from fcsrlib.models.update import unwrap
from fcsrlib.models.weights import load_state, read_checkpoint, select_state


class FCSRRunner(Runner):
    """A ``Runner`` that saves and resumes by our own format.

    MMEngine's own checkpoints hold objects that ``weights_only=True`` refuses, so they can only
    be loaded unsafely. Ours hold tensors and plain values.
    """

    _has_loaded: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set up as MMEngine does, with its pages on environment and hooks in the log file only."""
        super().__init__(*args, **kwargs)
        for handler, level in self._muted:
            handler.setLevel(level)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger; its terminal speaks only when the runner is ready."""
        logger = super().build_logger(*args, **kwargs)
        terminals = [h for h in logger.handlers if type(h) is logging.StreamHandler]
        self._muted = [(handler, handler.level) for handler in terminals]
        for handler in terminals:
            handler.setLevel(logging.WARNING)
        return logger

    @staticmethod
    def build_dataloader(*args: Any, **kwargs: Any) -> DataLoader:
        """Build as MMEngine does; the workers survive until an interrupted run has saved."""
        loader = Runner.build_dataloader(*args, **kwargs)
        loader.worker_init_fn = partial(end_quietly, then=loader.worker_init_fn)
        return loader

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Wrap for distributed training on GPUs or, which MMEngine's own cannot, on CPUs."""
        if is_model_wrapper(model) or not self.distributed:
            return model
        device = next(model.parameters()).device
        device_ids = [device.index] if device.type == "cuda" else None
        # Every parameter must require a gradient now, or DDP never registers it.
        return StagedDataParallel(
            module=model,
            device_ids=device_ids,
            broadcast_buffers=False,
            find_unused_parameters=True,
        )

    def save_state(self, filename: str, iterations: int, with_optimizers: bool = True) -> None:
        """Write ``checkpoints/<filename>`` in the work folder, whole or not at all.

        Args:
            filename: File name.
            iterations: Iterations done, counted over all stages.
            with_optimizers: Without, the file is half as large or less but cannot be resumed.
        """
        if is_main_process():
            checkpoint: dict[str, Any] = {
                "meta": {
                    "fcsrlib": __version__,
                    "iterations": iterations,
                    "seed": self.seed,
                    "schedule": self._schedule(),
                    "scores": self._train_loop.scores,
                    "restores": self._train_loop.has_trained("sr", iterations),
                    "completes": self._train_loop.has_trained("fc", iterations),
                    "stages_sha256": digest_stages(self._train_loop.stages),
                    "config": self._config_text,
                },
                "state_dict": unwrap(self.model).state_dict(),
            }
            if with_optimizers:
                checkpoint["optimizers"] = {
                    name: wrapper.state_dict() for name, wrapper in self.optim_wrapper.items()
                }
            self.call_hook("before_save_checkpoint", checkpoint=checkpoint)
            write_checkpoint(checkpoint, Path(self.work_dir, FOLDER, filename))
        barrier()

    def load_or_resume(self) -> None:
        """Resume from the newest readable checkpoint where asked to, or load weights."""
        if self._has_loaded:
            return
        self._has_loaded = True
        if self._resume and self._load_from is None:
            newest = read_newest(self.work_dir)
            if newest is None:
                self.logger.info(f"nothing to resume in {self.work_dir}; starting from zero.")
                return
            self._continue(*newest)
        elif self._load_from is not None:
            checkpoint = read_checkpoint(self._load_from)
            if self._resume:
                self._continue(Path(self._load_from), checkpoint)
            else:
                state = select_state(checkpoint, ema=False)
                load_state(unwrap(self.model), state, self._load_from)

    def _continue(self, path: Path, checkpoint: dict[str, Any]) -> None:
        try:
            iterations = int(checkpoint["meta"]["iterations"])
            optimizers, state = checkpoint["optimizers"], checkpoint["state_dict"]
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path} cannot be resumed: it lacks {error}; use checkpoints/iter_*.pth."
            ) from error
        self._check_schedule(path, checkpoint["meta"], iterations)
        load_state(unwrap(self.model), state, str(path))
        self._load_optimizers(path, optimizers)
        self._train_loop._iter = iterations
        self._train_loop.scores = list(checkpoint["meta"].get("scores", []))
        self.call_hook("after_load_checkpoint", checkpoint=checkpoint)
        self.logger.info(f"resumed from {path} after {iterations} iterations")
        seed = checkpoint["meta"].get("seed")
        if seed != self.seed:
            self.logger.warning(
                f"the run began with seed {seed} and continues with {self.seed}: its data and "
                f"holes will be others; --seed {seed} continues it exactly."
            )

    def _load_optimizers(self, path: Path, optimizers: dict[str, Any]) -> None:
        if set(optimizers) != set(self.optim_wrapper.keys()):
            raise CheckpointError(
                f"{path} has optimisers for {sorted(optimizers)}, the model has "
                f"{sorted(self.optim_wrapper.keys())}; give the config it was trained with."
            )
        for name, wrapper in self.optim_wrapper.items():
            try:
                wrapper.load_state_dict(optimizers[name])
            except (ValueError, KeyError) as error:
                raise CheckpointError(
                    f"{path} has another optimiser for {name} ({error}); give the config it was "
                    "trained with."
                ) from error

    @cached_property
    def _config_text(self) -> str:
        # Formatting takes seconds for a long config; every checkpoint holds the same text.
        return str(self.cfg.pretty_text)

    def _schedule(self) -> list[list[Any]]:
        return [[stage.name, stage.iters] for stage in self._train_loop.stages]

    def _check_schedule(self, path: Path, meta: dict[str, Any], iterations: int) -> None:
        """Refuse to continue where another schedule would put the iteration elsewhere."""
        stored, own, start = meta.get("schedule", []), self._schedule(), 0
        for position, (name, iters) in enumerate(stored):
            if start + iters > iterations:
                break
            if position >= len(own) or own[position] != [name, iters]:
                raise ConfigError(
                    f"{path} was trained by the schedule {stored}, the config says {own}; resume "
                    "with the same config and flags (--quick changes the schedule)."
                )
            start += iters
        else:
            return
        done = iterations - start
        if position >= len(own) or own[position][0] != name or own[position][1] < done:
            raise ConfigError(
                f"{path} stands after {done} iterations of stage '{name}', which the config's "
                f"schedule {own} does not have there; resume with the same config and flags."
            )

    @torch.no_grad()
    def load_measured(self, path: str | Path, checkpoint: dict[str, Any]) -> dict[str, Any]:
        """Load what is measured of a checkpoint, its moving average where there is one.

        Args:
            path: Named in errors.
            checkpoint: What :func:`read_checkpoint` read there.

        Returns:
            The checkpoint's ``meta``.

        Raises:
            CheckpointError: It holds another network.
        """
        model = unwrap(self.model)
        state = select_state(checkpoint, f"{model.measured}.") or select_state(checkpoint)
        load_state(getattr(model, model.measured), state, str(path))
        self._has_loaded = True
        return dict(checkpoint.get("meta", {}))
