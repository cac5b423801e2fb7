"""What ``import fcsrlib`` costs and offers."""

import subprocess
import sys

import pytest

import fcsrlib

MEASURE = """
import sys, time
start = time.perf_counter()
import fcsrlib
fcsrlib.hookimpl, fcsrlib.FCSRError, fcsrlib.__version__
print(time.perf_counter() - start)
print(sorted({"torch", "mmengine", "mmcv", "numpy", "cv2"} & set(sys.modules)))
"""


def test_importing_takes_a_moment_and_brings_in_no_framework():
    runs = [
        subprocess.run(
            [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(3)
    ]
    assert all(modules == "[]" for _, modules in runs)
    assert min(float(seconds) for seconds, _ in runs) < 0.3  # the best: others use this machine


def test_the_three_lists_of_public_names_agree():
    assert set(fcsrlib.__all__) == {*fcsrlib._HOME, "__version__"}


@pytest.mark.parametrize("name", fcsrlib.__all__)
def test_every_public_name_is_there_and_listed(name):
    assert getattr(fcsrlib, name) is not None
    assert name in dir(fcsrlib)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'fcsrlib' has no attribute 'FSRNet'"):
        _ = fcsrlib.FSRNet
