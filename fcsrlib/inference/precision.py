"""Where a network runs and how precisely, when nobody says."""

from __future__ import annotations

from pathlib import Path

import torch

from fcsrlib.errors import ConfigError

DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def choose_device(device: str | torch.device | None) -> torch.device:
    """Return ``device``; None: CUDA where there is one, else the processor.

    Raises:
        ConfigError: No such device here.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ConfigError(f"device '{device}' cannot be used here: {reason}.") from error
    return chosen


def choose_dtype(dtype: str | torch.dtype | None, device: torch.device) -> torch.dtype:
    """Return ``dtype``; None: bfloat16 on processors with units for it, else float32.

    On a GPU decoding is what takes the time, so nothing is gained there by rounding.

    Raises:
        ConfigError: Another type than those of :data:`DTYPES`.
    """
    if dtype is None:
        has_units = device.type == "cpu" and has_bf16_units()
        return torch.bfloat16 if has_units else torch.float32
    chosen = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if chosen is None or chosen not in DTYPES.values():
        raise ConfigError(f"dtype is {dtype}; expected one of {', '.join(DTYPES)}.")
    return chosen


def has_bf16_units(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether the processor multiplies bfloat16 by itself (AVX512-BF16 or AMX)."""
    if not cpuinfo.is_file():
        return False
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _BF16_FLAGS.isdisjoint(flags.split())
