"""Memory that a call needs beyond what it leaves held: its working peak."""

from __future__ import annotations

import ctypes
import gc
import platform
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # what resets VmHWM, see proc(5)


def measure_working_peak(call: Callable[[], Any], device: torch.device) -> int | None:
    """Run ``call`` and return the bytes of its peak above what stays held afterwards.

    Weights, gradients and optimiser state, which outlive a step, are therefore not part of it;
    :func:`count_state_bytes` counts those.

    On CUDA the allocator keeps the peak. On Linux the kernel does: its mark of the resident set
    (``VmHWM``) is reset before the call, and freed memory is handed back before and after it,
    so no fresh process is needed for each variant. Elsewhere it is None.
    """
    if device.type == "cuda":
        return _measure_allocated(call, device)
    return _measure_resident(call)


def count_state_bytes(modules: Iterable[nn.Module], optimizers: Iterable[Optimizer] = ()) -> int:
    """Return the bytes of weights, buffers, gradients and optimiser state."""
    held: list[Any] = []
    for module in modules:
        held += [*module.parameters(), *module.buffers()]
        held += [parameter.grad for parameter in module.parameters()]
    for optimizer in optimizers:
        states: Iterable[Mapping[str, Any]] = optimizer.state.values()
        held += [value for state in states for value in state.values()]
    return sum(item.numel() * item.element_size() for item in held if isinstance(item, Tensor))


def _measure_allocated(call: Callable[[], Any], device: torch.device) -> int:
    gc.collect()
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    call()
    torch.cuda.synchronize(device)
    peak = torch.cuda.max_memory_allocated(device)
    gc.collect()
    return peak - torch.cuda.memory_allocated(device)


def _measure_resident(call: Callable[[], Any]) -> int | None:
    _hand_back_freed()
    is_reset = _reset_peak()
    call()
    if not is_reset:
        return None
    peak = _read_status("VmHWM")
    _hand_back_freed()
    return max(peak - _read_status("VmRSS"), 0)


def _reset_peak() -> bool:
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK)
    except OSError:
        return False
    return True


def _hand_back_freed() -> None:
    gc.collect()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def _read_status(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
