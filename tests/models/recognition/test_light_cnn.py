import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.models.recognition import LightCNN9


@pytest.fixture(scope="module")
def network() -> LightCNN9:
    torch.manual_seed(0)
    return LightCNN9(embedding=8, num_identities=5)


def test_parameters_and_operations_are_those_of_the_released_network() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = LightCNN9()
        vectors = network(torch.rand(1, 1, 128, 128))

    assert vectors.shape == (1, 256)
    assert sum(p.numel() for p in network.parameters()) == 5_480_864
    assert counter.get_total_flops() / 1e9 == pytest.approx(1.95, abs=0.005)


def test_nine_convolutions_and_a_fully_connected_layer_make_twice_their_channels() -> None:
    with torch.device("meta"):
        layers = list(LightCNN9().trunk)
    convolutions = [
        (m.in_channels, m.out_channels, m.kernel_size[0])
        for m in layers
        if isinstance(m, nn.Conv2d)
    ]

    assert convolutions == [
        (1, 96, 5),
        (48, 96, 1),
        (48, 192, 3),
        (96, 192, 1),
        (96, 384, 3),
        (192, 384, 1),
        (192, 256, 3),
        (128, 256, 1),
        (128, 256, 3),
    ]
    (connected,) = (m for m in layers if isinstance(m, nn.Linear))
    assert (connected.in_features, connected.out_features) == (8192, 512)


def test_classifier_adds_one_layer_on_the_embedding(network: LightCNN9) -> None:
    vectors = network(torch.rand(2, 1, 128, 128))

    assert vectors.shape == (2, 8)
    assert network.classify(vectors).shape == (2, 5)
    assert sum(p.numel() for p in network.classifier.parameters()) == 8 * 5 + 5


def test_half_of_the_embedding_is_dropped_in_training_only(network: LightCNN9) -> None:
    vectors = torch.rand(1, 8)
    try:
        network.train()
        torch.manual_seed(0)
        assert not torch.equal(network.classify(vectors), network.classifier(vectors))
        network.eval()
        assert torch.equal(network.classify(vectors), network.classifier(vectors))
    finally:
        network.train()


def test_gradient_reaches_every_parameter(network: LightCNN9) -> None:
    network.zero_grad()
    network.classify(network(torch.rand(2, 1, 128, 128))).square().sum().backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_state_dict_round_trip_gives_the_same_vectors(network: LightCNN9) -> None:
    other = LightCNN9(embedding=8, num_identities=5)
    other.load_state_dict(network.state_dict())
    faces = torch.rand(2, 1, 128, 128)

    assert torch.equal(network(faces), other(faces))


@pytest.mark.parametrize("shape", [(1, 3, 128, 128), (1, 1, 144, 144), (1, 128, 128)])
def test_other_shapes_are_refused(network: LightCNN9, shape: tuple[int, ...]) -> None:
    with pytest.raises(ContractError, match=r"expected gray faces \(N, 1, 128, 128\)"):
        network(torch.rand(shape))


def test_classifying_without_a_classifier_is_refused() -> None:
    with torch.device("meta"):
        network = LightCNN9()
    with pytest.raises(ConfigError, match="build it with num_identities"):
        network.classify(torch.rand(1, 256, device="meta"))
