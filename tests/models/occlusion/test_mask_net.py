import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.errors import ContractError
from fcsrlib.models import MaskNet
from fcsrlib.registry import MODELS

NARROW = dict(channels=(4, 6, 8, 8), num_blocks=(1, 1, 1, 1), edge_channels=4)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return MODELS.build(dict(type="MaskNet", **NARROW))


def test_it_stays_within_a_million_parameters_and_one_gflop():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = MaskNet().eval()
        network(torch.rand(1, 3, 128, 128))
    assert sum(p.numel() for p in network.parameters()) == 940_409
    assert counter.get_total_flops() / 1e9 == pytest.approx(0.704, abs=0.001)


def test_it_gives_one_logit_a_pixel(network):
    assert network(torch.rand(2, 3, 32, 48)).shape == (2, 1, 32, 48)


def test_every_parameter_learns(network):
    network(torch.rand(2, 3, 32, 32)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_every_logit_sees_the_whole_face(network):
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    network.eval()(image)[0, 0, 0, 0].backward()
    assert image.grad[0, :, 64, 64].abs().sum() > 0


def test_weights_survive_a_round_trip(network):
    other = MaskNet(**NARROW)
    other.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(network.eval()(image), other.eval()(image))


def test_a_side_that_cannot_be_halved_four_times_is_refused(network):
    with pytest.raises(ContractError, match="MaskNet.*multiples of 16"):
        network(torch.rand(1, 3, 40, 40))
