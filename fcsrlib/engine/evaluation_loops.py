"""MMEngine's validation and test loops, for batches of which no image could be decoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine import runner

from fcsrlib.registry import LOOPS


@LOOPS.register_module()
class ValLoop(runner.ValLoop):
    """Validation; MMEngine's own stops at a batch without predictions."""

    def run_iter(self, idx: int, data_batch: Mapping[str, Any]) -> None:
        """Score one batch; of an empty one, only tell the hooks."""
        if data_batch["name"]:
            super().run_iter(idx, data_batch)
            return
        self.runner.call_hook("before_val_iter", batch_idx=idx, data_batch=data_batch)
        self.runner.call_hook("after_val_iter", batch_idx=idx, data_batch=data_batch, outputs=[])


@LOOPS.register_module()
class TestLoop(runner.TestLoop):
    """Test; MMEngine's own stops at a batch without predictions."""

    def run_iter(self, idx: int, data_batch: Mapping[str, Any]) -> None:
        """Score one batch; of an empty one, only tell the hooks."""
        if data_batch["name"]:
            super().run_iter(idx, data_batch)
            return
        self.runner.call_hook("before_test_iter", batch_idx=idx, data_batch=data_batch)
        self.runner.call_hook("after_test_iter", batch_idx=idx, data_batch=data_batch, outputs=[])
