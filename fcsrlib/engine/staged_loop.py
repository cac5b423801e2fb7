"""The training loop: stages of iterations, each iteration a pure function of its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank, get_world_size, is_main_process
from mmengine.runner import BaseLoop, Runner
from torch import Tensor

from fcsrlib.engine.interruption import StopRequest, catch_stop_requests
from fcsrlib.errors import ConfigError
from fcsrlib.models.stage import Stage, locate_stage
from fcsrlib.models.staged_model import StagedModel
from fcsrlib.models.update import unwrap
from fcsrlib.registry import LOOPS


@LOOPS.register_module()
class StagedTrainLoop(BaseLoop):
    """Runs the stages one after another.

    Which stage an iteration belongs to, its learning rates, its data and its random numbers
    depend on the iteration's number and the seed alone. A resumed run is therefore right by
    construction, inside any stage.

    Args:
        runner: The runner.
        dataloader: Training data, or its config; the sampler must be a ``FaceSampler``.
        stages: Configs of :class:`Stage`, in order.
        accumulate: Micro-batches whose gradients are summed for one iteration.
        amp: Run the networks under bf16 autocast, on CPU and CUDA alike.
        val_interval: Have the ``StageHook`` validate every so many iterations; None: at stage
            boundaries only.

    Raises:
        ConfigError: No stage, two stages of one name, or a stage the model cannot run.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: Any,
        *,
        stages: Sequence[Mapping[str, Any]],
        accumulate: int = 1,
        amp: bool = False,
        val_interval: int | None = None,
    ) -> None:
        self.stages = [Stage.from_config(config) for config in stages]
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) < len(names) or accumulate < 1:
            raise ConfigError(
                f"train_cfg has stages {names} and accumulate={accumulate}; expected one or more "
                "stages, each with its own name, and accumulate >= 1."
            )
        for stage in self.stages:
            unwrap(runner.model).check_stage(stage)
        super().__init__(runner, dataloader)
        self.accumulate = accumulate
        self.amp = amp
        self.val_interval = val_interval
        self.val_begin = 1
        self.scores: list[dict[str, Any]] = []
        self._iter = 0

    @property
    def max_iters(self) -> int:
        """Iterations of all stages together."""
        return sum(stage.iters for stage in self.stages)

    @property
    def iter(self) -> int:
        """Iterations done so far."""
        return self._iter

    @property
    def epoch(self) -> int:
        """Always 0: the schedule counts iterations."""
        return 0

    @property
    def max_epochs(self) -> int:
        """Always 1: the schedule counts iterations."""
        return 1

    @property
    def model(self) -> StagedModel:
        """The model, without a data-parallel wrapper."""
        model: StagedModel = unwrap(self.runner.model)
        return model

    def locate(self) -> tuple[Stage, int]:
        """Return the current stage and the iteration within it, from 0."""
        return locate_stage(self.stages, self._iter)

    def has_trained(self, part: str, iterations: int) -> bool:
        """Tell whether any of the first ``iterations`` trained ``part``."""
        start = 0
        for stage in self.stages:
            if part in stage.train and start < iterations and stage.iters:
                return True
            start += stage.iters
        return False

    def images_per_iteration(self) -> int:
        """Images that one iteration consumes, over all processes."""
        return self.dataloader.batch_size * self.accumulate * get_world_size()

    def run(self) -> torch.nn.Module:
        """Train from the current iteration to the end of the last stage."""
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        self.dataloader.sampler.start = self._iter * self.images_per_iteration()
        device = next(self.model.parameters()).device
        with catch_stop_requests() as request:
            batches = iter(self.dataloader)
            while self._iter < self.max_iters:
                with _without_workers(request, self._stop_at_once):
                    self._run_iteration(batches, request)
                if self._iter < self.max_iters and request.is_agreed(device):
                    self._stop_early()
        del batches
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

    def _stop_at_once(self) -> None:
        """End the run where the model's state is no iteration's.

        Raises:
            KeyboardInterrupt: Always.
        """
        self.runner.logger.info(
            "stopped during validation; --resume continues from the last checkpoint"
        )
        raise KeyboardInterrupt

    def _stop_early(self) -> None:
        """Save a resumable checkpoint and end the run as an interruption does.

        Raises:
            KeyboardInterrupt: Always.
        """
        name = f"iter_{self._iter}.pth"
        self.runner.save_state(name, self._iter)
        self.runner.logger.info(
            f"stopped after {self._iter} of {self.max_iters} iterations; saved {name}; continue "
            "with the same command and --resume"
        )
        raise KeyboardInterrupt

    def validate(self, label: str, iterations: int) -> dict[str, float]:
        """Run the validation loop, note its figures under ``label`` and return them.

        Args:
            label: Unique over the run, for example ``joint start``; a second call with the same
                label, as after a resume, replaces the first.
            iterations: Iterations done so far, counted over all stages.
        """
        if self.runner.val_loop is None:
            return {}
        restores = self.model.restores
        figures = self._known_figures(iterations, restores)
        if figures is None:
            figures = {key: float(value) for key, value in self.runner.val_loop.run().items()}
            self.runner.model.train()
            self._show(label, iterations, figures)
        score = {"label": label, "iterations": iterations, "restores": restores}
        self.scores = [old for old in self.scores if old["label"] != label]
        self.scores.append({**score, "figures": figures})
        return figures

    def _show(self, label: str, iterations: int, figures: dict[str, float]) -> None:
        """Log the network's own figures; the references stand in the closing table."""
        if is_main_process():
            own = {name: value for name, value in figures.items() if "/" not in name}
            text = "  ".join(f"{name} {value:.4g}" for name, value in own.items())
            self.runner.logger.info(f"validation, {label} ({iterations} iterations): {text}")
            scalars = {f"val/{name}": value for name, value in figures.items()}
            self.runner.visualizer.add_scalars(scalars, step=iterations)

    def _known_figures(self, iterations: int, restores: bool) -> dict[str, float] | None:
        """Return the figures of the very same weights, where one stage ends and another starts."""
        for score in self.scores:
            if score["iterations"] == iterations and score["restores"] == restores:
                return score["figures"]
        return None

    def _run_iteration(self, batches: Iterator[Mapping[str, Any]], request: StopRequest) -> None:
        self.runner.call_hook("before_train_iter", batch_idx=self._iter, data_batch=None)
        with _without_workers(request, self._stop_early):
            data = [next(batches) for _ in range(self.accumulate)]
        stage, iteration = self.locate()
        # After the hooks: a validation draws random numbers, and a resumed run may not repeat it.
        torch.manual_seed(_mix(self.runner.seed, self._iter, get_rank()))
        outputs: dict[str, Tensor] = self.runner.model.train_step(
            data,
            optim_wrapper=self.runner.optim_wrapper,
            updates_generator=stage.updates_generator(iteration),
            amp=self.amp and stage.allows_amp,
        )
        self.runner.call_hook(
            "after_train_iter", batch_idx=self._iter, data_batch=data, outputs=outputs
        )
        self._iter += 1


@contextmanager
def _without_workers(request: StopRequest, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` where data workers ended because the whole process group was asked to stop.

    Several processes cannot agree on anything then, so there the error stands.
    """
    try:
        yield
    except RuntimeError as error:
        is_expected = request.is_asked and get_world_size() == 1
        if not is_expected or "DataLoader worker" not in str(error):
            raise
        stop()


def _mix(seed: int, iteration: int, rank: int) -> int:
    """Return one well-spread seed for (seed, iteration, rank)."""
    return int(np.random.SeedSequence([seed, iteration, rank]).generate_state(1, np.uint64)[0])
