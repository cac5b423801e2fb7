import pytest
import torch

from fcsrlib.losses.reduction import reduce, widen


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_narrow_types_become_float32_and_wide_ones_stay(given, expected):
    assert widen(torch.zeros(2, dtype=given)).dtype == expected


def test_mean_counts_elements_and_sum_counts_images():
    values = torch.full((2, 3, 4, 4), 0.5)
    assert reduce(values) == 0.5
    assert reduce(values, "sum") == 0.5 * 3 * 4 * 4
