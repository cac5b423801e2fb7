"""Random images for the tests of the losses."""

from collections.abc import Callable

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
