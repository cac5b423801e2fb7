import pytest
import torch
from torch import nn

from fcsrlib.errors import ContractError
from fcsrlib.layers.max_feature_map import MaxFeatureMap, max_feature_map


def test_keeps_the_larger_of_two_maps_at_each_place() -> None:
    features = torch.tensor([[1.0, -2.0, 5.0], [7.0, 0.0, -1.0], [3.0, -4.0, 5.0], [2.0, 1.0, 0.0]])

    wanted = torch.tensor([[3.0, -2.0, 5.0], [7.0, 1.0, 0.0]])
    assert torch.equal(max_feature_map(features[None]), wanted[None])


def test_agrees_with_a_slow_loop() -> None:
    features = torch.randn(2, 6, 3, 4)
    output = max_feature_map(features)

    assert output.shape == (2, 3, 3, 4)
    for channel in range(3):
        pair = torch.stack([features[:, channel], features[:, channel + 3]])
        assert torch.equal(output[:, channel], pair.amax(0))


def test_works_on_vectors_and_halves_the_layer_before_it() -> None:
    layer = nn.Sequential(nn.Linear(5, 8), MaxFeatureMap())

    assert layer(torch.rand(3, 5)).shape == (3, 4)


def test_gradient_flows_to_the_winner_only() -> None:
    features = torch.tensor([[1.0, 4.0, 3.0, 2.0]], requires_grad=True)
    max_feature_map(features).sum().backward()

    assert features.grad is not None
    assert features.grad.tolist() == [[0.0, 1.0, 1.0, 0.0]]


def test_gradcheck() -> None:
    features = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(max_feature_map, features)


def test_an_odd_number_of_channels_is_refused() -> None:
    with pytest.raises(ContractError, match=r"got \(2, 3, 4, 4\).*C even"):
        max_feature_map(torch.rand(2, 3, 4, 4))
