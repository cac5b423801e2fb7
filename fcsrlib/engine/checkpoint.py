"""Writes checkpoints whole or not at all, and finds the newest one that can be read."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
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
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(_on_cpu(checkpoint), file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise CheckpointError(f"{path} could not be written: {error}.") from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def list_checkpoints(work_dir: str | Path) -> list[Path]:
    """Return the numbered checkpoints of a run, oldest first."""
    found = Path(work_dir, FOLDER).glob("iter_*.pth")
    numbered = [path for path in found if _NUMBERED.search(path.name)]
    return sorted(numbered, key=lambda path: int(_NUMBERED.search(path.name)[1]))  # type: ignore[index]


def read_newest(work_dir: str | Path) -> tuple[Path, dict[str, Any]] | None:
    """Return path and content of the newest checkpoint, or None where there is none.

    Raises:
        CheckpointError: There are checkpoints, but none can be read.
    """
    damaged: list[str] = []
    for path in reversed(list_checkpoints(work_dir)):
        try:
            return path, read_checkpoint(path)
        except CheckpointError as error:
            damaged.append(str(error))
    if damaged:
        raise CheckpointError(f"no checkpoint in {work_dir} can be read: {damaged[0]}")
    return None


def _on_cpu(value: Any) -> Any:
    """Move tensors to the CPU and cut views off their storage; keep plain containers plain."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {key: _on_cpu(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_on_cpu(item) for item in value)
    return value
