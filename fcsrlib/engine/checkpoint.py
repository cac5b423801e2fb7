"""Writes checkpoints whole or not at all, and finds the newest one that can be read."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from fcsrlib.errors import CheckpointError
from fcsrlib.models.weights import read_checkpoint

FOLDER = "checkpoints"
_NUMBERED = re.compile(r"iter_(\d+)\.pth$")


def write_checkpoint(checkpoint: Mapping[str, Any], path: Path) -> None:
    """Write ``checkpoint`` to ``path`` so that a crash leaves the old file or the new one.

    Raises:
        CheckpointError: The file cannot be written, for want of space for example.
    """
    # One name a checkpoint: what a killed process left behind is overwritten by the run resumed.
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            torch.save(_on_cpu(checkpoint), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as RuntimeError
        with suppress(OSError):
            temporary.unlink()
        raise CheckpointError(f"{path} could not be written: {error}.") from error


def list_checkpoints(work_dir: str | Path) -> list[Path]:
    """Return the numbered checkpoints of a run, oldest first."""
    found = Path(work_dir, FOLDER).glob("iter_*.pth")
    numbered = [path for path in found if _NUMBERED.search(path.name)]
    return sorted(numbered, key=lambda path: int(_NUMBERED.search(path.name)[1]))  # type: ignore[index]


def read_newest(work_dir: str | Path) -> tuple[Path, dict[str, Any]] | None:
    """Return path and content of the newest readable checkpoint, or None where there is none.

    Damaged ones that are newer are named in the log.

    Raises:
        CheckpointError: There are checkpoints, but none can be read.
    """
    damaged: list[str] = []
    for path in reversed(list_checkpoints(work_dir)):
        try:
            checkpoint = read_checkpoint(path)
        except CheckpointError as error:
            damaged.append(str(error))
            continue
        for reason in damaged:
            print_log(f"passed over: {reason}", "current", logging.WARNING)
        return path, checkpoint
    if damaged:
        raise CheckpointError(f"no checkpoint in {work_dir} can be read: {damaged[0]}")
    return None


def _on_cpu(value: Any) -> Any:
    """Move tensors to the CPU and cut views off their storage; keep plain containers plain."""
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        is_view = value.untyped_storage().nbytes() > value.numel() * value.element_size()
        return value.clone() if is_view else value
    if isinstance(value, Mapping):
        return {key: _on_cpu(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_on_cpu(item) for item in value)
    return value
