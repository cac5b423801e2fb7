"""Safe reading of weight files, and loading them strictly into a network."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from fcsrlib.errors import CheckpointError


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint without running anything that it holds.

    Args:
        path: A ``.safetensors`` file, or a file of ``torch.save`` that holds only tensors and
            plain values.

    Returns:
        The stored dict; for ``.safetensors``, ``dict(state_dict=...)``.

    Raises:
        CheckpointError: The file is absent, damaged, or holds objects that loading would run.
    """
    path = Path(path)
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder; name one of the checkpoints in it.")
    if not path.is_file():
        raise CheckpointError(f"no checkpoint at {path}; check the path.")
    try:
        if path.suffix == ".safetensors":
            return {"state_dict": load_file(path)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a page on pickle protocols, before the refusal
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = _first_line(error)
        raise CheckpointError(
            f"{path} was refused: it is damaged or holds more than tensors and plain values, "
            f"which could run code when loaded ({reason})."
        ) from error
    except Exception as error:  # a damaged pickle fails in any way, from IndexError to MemoryError
        raise CheckpointError(
            f"{path} is damaged or no checkpoint ({_first_line(error)}); use an earlier one."
        ) from error
    if not isinstance(stored, dict):
        raise CheckpointError(f"{path} holds {type(stored).__name__}; expected a dict.")
    return stored


def load_state(network: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
    """Load ``state`` into ``network``; every name and shape must agree.

    Raises:
        CheckpointError: Naming ``origin`` and the first differences; the network is untouched.
    """
    state = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    differences = find_differences(network, state)
    if differences:
        raise CheckpointError(
            f"{origin} is of another network than {type(network).__name__} as configured: "
            f"{differences}; give the config and flags (--quick) it was trained with."
        )
    network.load_state_dict(state)


def find_differences(network: nn.Module, state: Mapping[str, Tensor]) -> str:
    """Return how ``state`` differs from the network's own in names and shapes; empty if it fits."""
    own = network.state_dict()
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    reshaped = [
        f"{name} is {tuple(state[name].shape)}, expected {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in state and state[name].shape != tensor.shape
    ]
    return "; ".join(
        f"{len(found)} {what} ({', '.join(found[:2])}{', ...' if len(found) > 2 else ''})"
        for what, found in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", reshaped),
        )
        if found
    )


def select_state(checkpoint: Mapping[str, Any], prefix: str = "", ema: bool = True) -> dict:
    """Return the weights under ``prefix`` of a checkpoint, averaged ones where it has them.

    Args:
        checkpoint: Output of :func:`read_checkpoint`.
        prefix: For example ``generator.``; cut off the names.
        ema: Prefer the exponential moving average over the raw weights.
    """
    state = {**_read_section(checkpoint, "state_dict", checkpoint)}
    if ema:
        state.update(_read_section(checkpoint, "ema_state_dict", {}))
    return {
        name.removeprefix(prefix): value
        for name, value in state.items()
        if name.startswith(prefix) and isinstance(value, Tensor)
    }


def _read_section(checkpoint: Mapping[str, Any], key: str, absent: Mapping) -> Mapping[str, Any]:
    section = absent if checkpoint.get(key) is None else checkpoint[key]
    if not isinstance(section, Mapping):
        raise CheckpointError(f"the checkpoint's {key} is {type(section).__name__}, not a dict.")
    return section


def _first_line(error: BaseException) -> str:
    # torch's refusal opens with a page on its own history; what it refused stands further down.
    refused = re.search(r"^.*[Uu]nsupported (global|class|operand).*?$", str(error), re.M | re.I)
    if refused:
        return refused[0].strip()[:160].rstrip(".")
    lines = str(error).strip().splitlines()
    return lines[0].partition(". ")[0][:160] if lines else type(error).__name__
