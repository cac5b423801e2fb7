import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import ContractError
from fcsrlib.losses import StyleLoss, VGG16Features, gram_matrix, style_loss


def test_the_gram_matrix_of_two_pixels_by_hand():
    features = torch.tensor([[1.0, 2.0], [0.0, 3.0]]).view(1, 2, 1, 2)
    expected = torch.tensor([[5.0, 6.0], [6.0, 9.0]]) / (2 * 1 * 2)
    assert torch.equal(gram_matrix(features)[0], expected)


def test_the_loss_of_two_pixels_by_hand():
    features = {"a": torch.tensor([[1.0, 2.0], [0.0, 3.0]]).view(1, 2, 1, 2)}
    target = {"a": torch.zeros(1, 2, 1, 2)}
    assert style_loss(features, target, "sum") == (5 + 6 + 6 + 9) / 4
    assert style_loss(features, target) == (5 + 6 + 6 + 9) / 4 / 4


def test_moving_pixels_about_does_not_change_the_style(make_random):
    features = make_random(2, 5, 4, 4)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
    moved = features.flatten(2)[..., order].view_as(features)
    assert style_loss({"a": features}, {"a": moved}) < 1e-7


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_agrees_with_a_slow_reading_of_equation_7(make_random, reduction):
    image, target = make_random(1, 3, 16, 16), make_random(1, 3, 16, 16)
    network = VGG16Features(("pool1",))
    one, two = network(image)["pool1"][0].double(), network(target)["pool1"][0].double()
    channels, height, width = one.shape
    total = 0.0
    for i in range(channels):
        for j in range(channels):
            gap = (one[i] * one[j]).sum() - (two[i] * two[j]).sum()
            total += abs(float(gap)) / (channels * height * width)
    expected = total / (channels**2 if reduction == "mean" else 1)
    loss = StyleLoss(("pool1",), reduction=reduction)(image, target)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_gradient_is_that_of_finite_differences(make_random):
    features = make_random(2, 3, 2, 2, dtype=torch.float64).requires_grad_()
    target = {"a": make_random(2, 3, 2, 2, dtype=torch.float64) + 2}
    assert gradcheck(lambda x: style_loss({"a": x}, target), features)


def test_the_gram_matrix_is_float32_also_under_autocast(make_random):
    features = make_random(1, 4, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        gram = gram_matrix(features)
        assert gram_matrix(features.bfloat16()).dtype == torch.float32
    assert torch.equal(gram, gram_matrix(features))


def test_the_network_is_in_no_state_dict():
    assert StyleLoss().state_dict() == {}


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="expected equal shapes"):
        StyleLoss()(torch.zeros(1, 3, 16, 16), torch.zeros(2, 3, 16, 16))
    with pytest.raises(ContractError, match="features a of image and target are"):
        style_loss({"a": torch.zeros(1, 1, 1, 1)}, {"a": torch.zeros(1, 2, 1, 1)})
