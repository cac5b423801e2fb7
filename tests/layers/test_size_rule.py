import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.layers.size_rule import check_hole_mask, check_side_minimum, check_side_multiple


def test_fitting_sizes_pass() -> None:
    check_side_multiple("net", torch.zeros(1, 3, 32, 48), 16)
    check_side_minimum("net", torch.zeros(1, 3, 24, 30), 24)
    check_hole_mask("net", torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 8, 8))


def test_wrong_multiple_names_the_multiple_and_a_size_that_fits() -> None:
    with pytest.raises(ContractError, match="20 x 32; both sides must be multiples of 16.*32 x 32"):
        check_side_multiple("net", torch.zeros(1, 3, 20, 32), 16)


def test_empty_image_is_refused() -> None:
    with pytest.raises(ContractError, match="16 x 16"):
        check_side_multiple("net", torch.zeros(1, 3, 0, 16), 16)


def test_short_side_names_the_minimum() -> None:
    with pytest.raises(ContractError, match="at least 24"):
        check_side_minimum("net", torch.zeros(1, 3, 24, 23), 24)


def test_image_without_batch_is_refused() -> None:
    with pytest.raises(ContractError, match="expected a batch"):
        check_side_multiple("net", torch.zeros(3, 16, 16), 16)


def test_three_channel_mask_is_refused() -> None:
    with pytest.raises(ContractError, match=r"\(1, 3, 8, 8\); expected \(1, 1, 8, 8\)"):
        check_hole_mask("net", torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))
