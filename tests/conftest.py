"""What all tests share."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOY_RUN = Path(__file__).with_name("toy_run.py")


@pytest.fixture(scope="module")
def toy_run_module():
    """Return ``tests/toy_run.py`` as a module.

    From here on torch has one thread, as in the runs that tests start as programs: the last bits
    of a sum depend on the number of threads.
    """
    import torch

    torch.set_num_threads(1)
    spec = importlib.util.spec_from_file_location("toy_run", TOY_RUN)
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_run"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def toy_run(toy_run_module):
    """Return ``tests/toy_run.py`` with the toy parts registered meanwhile."""
    with toy_run_module.registered_toys():
        yield toy_run_module
    toy_run_module.forget_runs()


def pytest_collection_modifyitems(items):
    """Skip what is marked ``gpu`` on machines without one."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
