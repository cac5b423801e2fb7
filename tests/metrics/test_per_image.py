import math

import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.metrics.per_image import mean_known, split_rows, stack_field


def test_the_mean_has_no_rounding_that_depends_on_the_order():
    values = [1e16, 1.0, -1e16, 1.0]
    assert mean_known(values) == mean_known(values[::-1]) == 0.5
    assert math.isnan(mean_known([math.nan]))


def test_columns_become_rows():
    rows = split_rows({"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 4.0])})
    assert rows == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]


def test_fields_are_stacked_where_all_samples_have_them_alike():
    samples = [{"x": torch.zeros(1, 2)}, {"x": torch.ones(1, 2)}]
    assert stack_field(samples, "x").shape == (2, 1, 2)
    with pytest.raises(ContractError, match="a sample has no 'y'"):
        stack_field(samples, "y")
    samples[1]["x"] = torch.ones(1, 3)
    with pytest.raises(ContractError, match="differ in size: x is"):
        stack_field(samples, "x")
