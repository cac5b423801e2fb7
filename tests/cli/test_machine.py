import platform
import subprocess
import sys

import pytest

TUNED_FAULTS = """
import ctypes, os, resource, sys
from fcsrlib.cli.machine import tune_process

def count_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    buffer = libc.malloc(48 << 20)
    ctypes.memset(buffer, 1, 48 << 20)
    libc.free(buffer)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
tune_process()
assert not {"torch", "numpy", "cv2"} & set(sys.modules), "OpenMP may have read its settings"
assert os.environ["OMP_WAIT_POLICY"] == "passive"
count_faults()
print(count_faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="settings of glibc")
def test_a_tuned_process_reuses_a_freed_buffer_without_page_faults():
    done = subprocess.run(
        [sys.executable, "-c", TUNED_FAULTS], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 100
