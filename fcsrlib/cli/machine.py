"""Process settings that make training on processors fast; made once, before torch loads."""

from __future__ import annotations

import ctypes
import os
import platform

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_KEPT_BYTES = 1 << 30


def tune_process() -> None:
    """Keep freed memory in the process, and let idle threads sleep instead of spin.

    By default glibc hands every large buffer back to the system and faults it in again for the
    next operation; spinning OpenMP threads take the cores from data workers.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
