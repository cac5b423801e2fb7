"""Says once which face prior targets are absent, so that nobody wonders why a term is zero."""

from __future__ import annotations

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class MissingTargetsHook(Hook):
    """Watches the annotations of training batches in stages that have terms on them.

    A face without landmarks or parsing counts zero in that term; it is never given made-up ones.
    """

    def __init__(self) -> None:
        self._said: set[str] = set()

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Warn at the first face without landmarks, and at the first without parsing."""
        read = runner.train_loop.model.losses.tensor_names
        for batch in data_batch or ():
            if "landmark_target" in read and "landmarks" not in self._said:
                is_absent = batch["landmarks"].isnan().flatten(1).all(1)
                self._say(runner, "landmarks", is_absent.tolist(), batch["name"])
            if "parsing_target" in read and "parsing" not in self._said:
                is_absent = (batch["parsing"] == UNKNOWN_LABEL).flatten(1).all(1)
                self._say(runner, "parsing", is_absent.tolist(), batch["name"])

    def _say(self, runner: Any, what: str, is_absent: list[bool], names: list[str]) -> None:
        if not any(is_absent):
            return
        self._said.add(what)
        if is_main_process():
            first = names[is_absent.index(True)]
            runner.logger.warning(
                f"no {what} known for {sum(is_absent)} of {len(names)} faces of a batch (first: "
                f"{first}); such faces count zero in the face prior terms. Said once."
            )
