"""Counts undecodable images, names them in the log, and gives up past a limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.hooks import Hook

from fcsrlib.errors import DataError
from fcsrlib.registry import HOOKS


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Watches the ``skipped`` field of batches.

    Args:
        limit: Number of different undecodable files to tolerate.
    """

    def __init__(self, limit: int = 10) -> None:
        self.limit = limit
        self.names: set[str] = set()

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Look through the micro-batches of one iteration."""
        for batch in data_batch or ():
            self._note(runner, batch)

    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Look through one validation batch."""
        self._note(runner, data_batch)

    def after_test_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Look through one test batch."""
        self._note(runner, data_batch)

    def _note(self, runner: Any, batch: Mapping[str, Any]) -> None:
        skipped: Iterable[str] = batch.get("skipped") or ()
        for name in skipped:
            if name in self.names:
                continue
            self.names.add(name)
            runner.logger.warning(
                f"skipped undecodable image {name} ({len(self.names)} of at most {self.limit})"
            )
            if len(self.names) > self.limit:
                raise DataError(
                    f"{len(self.names)} undecodable images, more than the {self.limit} tolerated, "
                    f"the last one {name}; mend the data or raise SkippedImagesHook.limit in the "
                    "config."
                )
