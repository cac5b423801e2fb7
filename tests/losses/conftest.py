"""Random images and slow readings of the equations for the tests of the losses."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor


@pytest.fixture
def make_random() -> Callable[..., Tensor]:
    """Return a function that draws tensors in [0, 1] from one seeded generator."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=dtype)

    return draw


@pytest.fixture(scope="module")
def equations() -> ModuleType:
    """Return ``equations.py``, the slow readings, as a module."""
    path = Path(__file__).with_name("equations.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
