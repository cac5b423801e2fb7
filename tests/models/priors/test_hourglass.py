import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.contracts import FacePriorNetwork, FacePriors
from fcsrlib.errors import ContractError
from fcsrlib.models.priors import HourglassPrior


def _make_narrow() -> HourglassPrior:
    torch.manual_seed(0)
    return HourglassPrior(
        num_landmarks=5,
        num_classes=3,
        channels=8,
        depth=2,
        num_blocks=1,
        stem_channels=4,
        head_channels=6,
    )


def test_parameter_count_is_the_published_one() -> None:
    with torch.device("meta"):
        network = HourglassPrior()

    assert sum(p.numel() for p in network.parameters()) == 26_053_980


def test_takes_58_gflop_an_image() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        HourglassPrior().eval()(torch.rand(1, 3, 128, 128))

    assert counter.get_total_flops() / 1e9 == pytest.approx(58.5, abs=0.05)


def test_published_network_predicts_81_landmarks_and_11_parts_at_half_side() -> None:
    with torch.device("meta"):
        network = HourglassPrior()
        priors = network(torch.rand(2, 3, 128, 128))

    assert (network.num_landmarks, network.num_classes) == (81, 11)
    assert priors.landmarks.shape == (2, 81, 64, 64)
    assert priors.parsing.shape == (2, 11, 64, 64)


def test_heatmaps_lie_between_0_and_1_and_parsing_is_free() -> None:
    network = _make_narrow()
    priors = network(torch.rand(2, 3, 16, 24))

    assert isinstance(network, FacePriorNetwork)
    assert isinstance(priors, FacePriors)
    assert priors.landmarks.shape == (2, 5, 8, 12)
    assert 0 <= priors.landmarks.min() and priors.landmarks.max() <= 1
    assert priors.parsing.min() < 0 < priors.parsing.max()


def test_gradient_reaches_every_parameter() -> None:
    network = _make_narrow()
    priors = network(torch.rand(2, 3, 16, 16))
    (priors.landmarks.square().sum() + priors.parsing.square().sum()).backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_gradient_reaches_the_image() -> None:
    network = _make_narrow().eval().requires_grad_(False)
    image = torch.rand(1, 3, 16, 16, requires_grad=True)
    network(image).landmarks.sum().backward()

    assert image.grad is not None
    assert image.grad.any()


def test_state_dict_round_trip_gives_the_same_priors() -> None:
    network, other = _make_narrow().eval(), _make_narrow().eval()
    torch.nn.init.zeros_(other.parsing_head.weight)
    other.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 16, 16)

    assert torch.equal(network(image).parsing, other(image).parsing)


def test_size_that_does_not_halve_is_refused_with_the_multiple() -> None:
    with torch.device("meta"), pytest.raises(ContractError, match="multiples of 32"):
        HourglassPrior()(torch.rand(1, 3, 144, 144))
