"""What the machine is, and the most it does: the rate of a large matrix product."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import torch

from fcsrlib.benchmark.stopwatch import time_call, time_in_turns

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
SIDES = (512, 1024, 2048, 4096)


def find_device() -> torch.device:
    """Return the CUDA device where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe_machine(device: torch.device) -> dict[str, Any]:
    """Return device, processor, cores, threads, load average and versions."""
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "processor": _read_processor(),
        "cores": _count_cores(),
        "threads": torch.get_num_threads(),
        "load_average": _read_load(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def measure_matrix_peak(device: torch.device, dtype: torch.dtype, seconds: float) -> float:
    """Return the best FLOP/s of a product of two square matrices.

    The side is the largest of :data:`SIDES` that ``seconds`` allow. On CUDA, fp32 products use
    TF32 where convolutions do, as by default; otherwise convolutions could surpass the "peak".
    """
    precision = torch.get_float32_matmul_precision()
    if device.type == "cuda" and torch.backends.cudnn.allow_tf32:
        torch.set_float32_matmul_precision("high")
    try:
        return _measure_largest_product(device, dtype, seconds)
    finally:
        torch.set_float32_matmul_precision(precision)


def _measure_largest_product(device: torch.device, dtype: torch.dtype, seconds: float) -> float:
    best = 0.0
    for side in SIDES:
        # Sides that would take too long are left out: bf16 is slow where it is emulated.
        if best and 3 * 2 * side**3 / best > seconds:
            break
        left, right = torch.rand(2, side, side, device=device).to(dtype)
        product = torch.empty_like(left)

        def multiply(left: Any = left, right: Any = right, product: Any = product) -> None:
            torch.mm(left, right, out=product)

        time_call(multiply, device)
        taken = time_in_turns({side: multiply}, seconds / len(SIDES), device)[side]
        best = max(best, 2 * side**3 / min(taken))
    return best


def _read_processor() -> str:
    """Return the processor's name; Python itself knows it on few systems."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _count_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_load() -> float | None:
    """Return the number of processes that wanted a core, averaged over the last minute."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
