import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.models.composite import composite


def _make_hole() -> torch.Tensor:
    hole_mask = torch.zeros(2, 1, 8, 8)
    hole_mask[:, :, 2:5, 3:6] = 1
    return hole_mask


def test_visible_pixels_are_returned_untouched() -> None:
    lr_masked, hole_mask = torch.rand(2, 3, 8, 8), _make_hole()
    lr_completed = torch.full_like(lr_masked, float("nan"))

    lr_composite = composite(lr_completed, lr_masked, hole_mask)

    visible = (hole_mask == 0).expand_as(lr_masked)
    assert torch.equal(lr_composite[visible], lr_masked[visible])
    assert lr_composite[~visible].isnan().all()


def test_equals_equation_2() -> None:
    lr_completed, lr_masked, hole_mask = (
        torch.rand(2, 3, 8, 8),
        torch.rand(2, 3, 8, 8),
        _make_hole(),
    )
    visible_mask = 1 - hole_mask

    wanted = (1 - visible_mask) * lr_completed + visible_mask * lr_masked
    assert torch.equal(composite(lr_completed, lr_masked, hole_mask), wanted)
    assert torch.equal(composite(lr_completed, lr_masked, hole_mask.bool()), wanted)


def test_gradient_reaches_the_completion_in_the_hole_only() -> None:
    lr_completed, hole_mask = torch.rand(2, 3, 8, 8, requires_grad=True), _make_hole()

    composite(lr_completed, torch.rand(2, 3, 8, 8), hole_mask).sum().backward()

    assert lr_completed.grad is not None
    assert torch.equal(lr_completed.grad, hole_mask.expand(2, 3, 8, 8))


def test_half_precision_completion_does_not_round_visible_pixels() -> None:
    lr_masked, hole_mask = torch.rand(2, 3, 8, 8), _make_hole()

    lr_composite = composite(torch.rand(2, 3, 8, 8).bfloat16(), lr_masked, hole_mask)

    visible = (hole_mask == 0).expand_as(lr_masked)
    assert torch.equal(lr_composite[visible], lr_masked[visible])


def test_completion_of_another_size_is_refused() -> None:
    with pytest.raises(ContractError, match="must keep its input's shape"):
        composite(torch.rand(2, 3, 16, 16), torch.rand(2, 3, 8, 8), _make_hole())


def test_three_channel_mask_is_refused() -> None:
    faces = torch.rand(2, 3, 8, 8)
    with pytest.raises(ContractError, match=r"expected \(2, 1, 8, 8\) with 1 = missing"):
        composite(faces, faces, _make_hole().expand(2, 3, 8, 8))
