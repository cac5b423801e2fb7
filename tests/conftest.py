"""What all tests share."""

import pytest


def pytest_collection_modifyitems(items):
    """Skip what is marked ``gpu`` on machines without one."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
