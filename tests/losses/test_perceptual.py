import copy
import pickle

import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import ContractError
from fcsrlib.losses import PerceptualLoss, VGG16Features, feature_cache, perceptual_loss


def test_two_layers_by_hand():
    features = {"a": torch.ones(1, 2, 2, 2), "b": torch.full((1, 4, 1, 1), 3.0)}
    target = {name: torch.zeros_like(value) for name, value in features.items()}
    assert perceptual_loss(features, target) == 1 + 3
    assert perceptual_loss(features, target, "sum") == 2 * 4 / 4 + 4 * 3


def test_equal_images_cost_nothing_and_the_order_does_not_matter(make_random):
    image, target = make_random(2, 3, 16, 16), make_random(2, 3, 16, 16)
    loss = PerceptualLoss()
    assert loss(image, image.clone()) == 0
    assert torch.allclose(loss(image, target), loss(target, image))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_agrees_with_a_slow_reading_of_equation_5(make_random, reduction):
    image, target = make_random(2, 3, 16, 16), make_random(2, 3, 16, 16)
    network = VGG16Features()
    expected = 0.0
    for name, value in network(image).items():
        other = network(target)[name]
        _, channels, height, width = value.shape
        layer = 0.0
        for n in range(2):
            for c in range(channels):
                layer += float((value[n, c] - other[n, c]).abs().sum()) / (width * height)
        expected += layer / 2 / (channels if reduction == "mean" else 1)
    assert PerceptualLoss(reduction=reduction)(image, target).item() == pytest.approx(
        expected, 1e-4
    )


def test_gradient_is_that_of_finite_differences(make_random):
    image = {"a": make_random(2, 3, 2, 2, dtype=torch.float64).requires_grad_()}
    target = {"a": make_random(2, 3, 2, 2, dtype=torch.float64) + 2}
    assert gradcheck(lambda x: perceptual_loss({"a": x}, target), image["a"])


def test_the_gradient_reaches_the_image_through_a_shared_cache(make_random):
    image = make_random(1, 3, 16, 16).requires_grad_()
    target, loss = make_random(1, 3, 16, 16), PerceptualLoss()
    with feature_cache():
        total = loss(image, target) + loss(image, target)
    total.backward()
    twice = image.grad.clone()
    image.grad = None
    loss(image, target).backward()
    assert torch.allclose(twice, 2 * image.grad, atol=1e-7)


def test_the_network_is_in_no_state_dict_and_no_copy():
    loss = PerceptualLoss()
    assert loss.state_dict() == {}
    assert list(loss.parameters()) == []
    assert len(pickle.dumps(loss)) < 10_000
    image = torch.zeros(1, 3, 16, 16)
    assert copy.deepcopy(loss)(image, image) == 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_precisions_give_a_float32_loss(make_random, dtype):
    image, target = make_random(1, 3, 16, 16).to(dtype), make_random(1, 3, 16, 16).to(dtype)
    assert PerceptualLoss()(image, target).dtype == torch.float32


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="expected equal shapes"):
        PerceptualLoss()(torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 32, 32))
    with pytest.raises(ContractError, match="expected the same layers"):
        perceptual_loss({"a": torch.zeros(1, 1, 1, 1)}, {"b": torch.zeros(1, 1, 1, 1)})
    with pytest.raises(ContractError, match="at least one"):
        perceptual_loss({}, {})
    with pytest.raises(ContractError, match="reduction is 'max'"):
        PerceptualLoss(reduction="max")
