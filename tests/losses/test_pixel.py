import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import ContractError
from fcsrlib.losses import PixelLoss, pixel_loss


@pytest.mark.parametrize(
    ("norm", "reduction", "expected"),
    [("l1", "mean", 0.75), ("l1", "sum", 3.0), ("l2", "mean", 1.25), ("l2", "sum", 5.0)],
)
def test_two_pixels_by_hand(norm, reduction, expected):
    image = torch.tensor([1.0, 2.0, 0.0, 0.0]).view(1, 1, 2, 2)
    assert PixelLoss(norm, reduction=reduction)(image, torch.zeros_like(image)) == expected


def test_sum_is_averaged_over_the_batch():
    image = torch.ones(4, 3, 2, 2)
    assert pixel_loss(image, torch.zeros_like(image), reduction="sum") == 12


def test_hole_and_visible_parts_add_up_to_the_whole(make_random):
    image, target, hole = make_random(2, 3, 8, 8), make_random(2, 3, 8, 8), make_random(2, 1, 8, 8)
    hole = hole.round()
    parts = [PixelLoss(region=region)(image, target, hole) for region in ("hole", "visible")]
    assert torch.allclose(sum(parts), pixel_loss(image, target))


def test_a_region_divides_by_all_elements():
    image, hole = torch.ones(1, 3, 4, 4), torch.zeros(1, 1, 4, 4)
    hole[..., 0, :2] = 1
    assert PixelLoss(region="hole")(image, torch.zeros_like(image), hole) == 2 / 16


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_agrees_with_a_slow_loop_over_pixels(make_random, norm, reduction):
    image, target = make_random(2, 3, 4, 5), make_random(2, 3, 4, 5)
    total = 0.0
    for one, other in zip(image.flatten().tolist(), target.flatten().tolist(), strict=True):
        total += abs(one - other) ** (1 if norm == "l1" else 2)
    expected = total / (image.numel() if reduction == "mean" else 2)
    assert pixel_loss(image, target, norm, reduction=reduction).item() == pytest.approx(expected)


def test_bfloat16_is_reduced_in_float32():
    image = torch.ones(1, 3, 128, 128, dtype=torch.bfloat16)
    loss = pixel_loss(image, torch.zeros_like(image), reduction="sum")
    assert loss.dtype == torch.float32
    assert loss == 3 * 128 * 128


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_gradient_is_that_of_finite_differences(make_random, norm):
    image = make_random(2, 3, 3, 3, dtype=torch.float64).requires_grad_()
    target = make_random(2, 3, 3, 3, dtype=torch.float64) + 2
    assert gradcheck(lambda x: pixel_loss(x, target, norm), image)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ContractError, match=r"\(1, 3, 4, 4\) and \(2, 3, 4, 4\)"):
        pixel_loss(torch.zeros(1, 3, 4, 4), torch.zeros(2, 3, 4, 4))


def test_a_mask_of_three_channels_is_refused():
    image = torch.zeros(1, 3, 4, 4)
    with pytest.raises(ContractError, match=r"region is \(1, 3, 4, 4\); expected \(1, 1, 4, 4\)"):
        PixelLoss(region="hole")(image, image, image)


def test_a_region_without_its_mask_names_the_fix():
    image = torch.zeros(1, 3, 4, 4)
    with pytest.raises(ContractError, match="add hole_mask='hole_mask' to the term's inputs"):
        PixelLoss(region="hole")(image, image)


@pytest.mark.parametrize("argument", ["norm", "region", "reduction"])
def test_unknown_arguments_are_refused(argument):
    with pytest.raises(ContractError, match=f"{argument} is 'other'; expected one of"):
        PixelLoss(**{argument: "other"})
