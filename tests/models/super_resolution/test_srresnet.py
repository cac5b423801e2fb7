import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.contracts import Restoration, SRBackbone
from fcsrlib.errors import ConfigError
from fcsrlib.models.super_resolution import SRResNet


def _make_narrow(scale: int = 4) -> SRResNet:
    torch.manual_seed(0)
    return SRResNet(scale=scale, channels=4, num_blocks=2)


@pytest.mark.parametrize(
    ("scale", "count", "gflop"), [(2, 1_401_749, 11.81), (4, 1_549_462, 4.54), (8, 1_697_175, 2.73)]
)
def test_parameters_and_operations_for_128_pixels(scale: int, count: int, gflop: float) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = SRResNet(scale=scale).eval()
        restoration = network(torch.rand(1, 3, 128 // scale, 128 // scale))

    assert restoration.image.shape == (1, 3, 128, 128)
    assert sum(p.numel() for p in network.parameters()) == count
    assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, abs=0.005)


@pytest.mark.parametrize(("scale", "height", "width"), [(2, 5, 7), (4, 8, 6), (8, 4, 3)])
def test_any_side_is_enlarged_by_the_scale(scale: int, height: int, width: int) -> None:
    network = _make_narrow(scale)
    restoration = network(torch.rand(2, 3, height, width))

    assert isinstance(network, SRBackbone)
    assert isinstance(restoration, Restoration)
    assert restoration.image.shape == (2, 3, height * scale, width * scale)


def test_makes_neither_a_coarse_image_nor_priors() -> None:
    restoration = _make_narrow()(torch.rand(1, 3, 4, 4))

    assert restoration.coarse is None
    assert restoration.priors is None


def test_agrees_with_its_layers_written_out() -> None:
    network = _make_narrow(2).eval()
    lr = torch.rand(1, 3, 6, 6)
    first, second, conv, norm = network.trunk

    entry = network.entry[1](network.entry[0](lr))
    features = entry
    for block in (first, second):
        conv_a, norm_a, activation, conv_b, norm_b = block.body
        features = features + norm_b(conv_b(activation(norm_a(conv_a(features)))))
    features = entry + norm(conv(features))
    features = functional.prelu(
        functional.pixel_shuffle(network.doublings[0](features), 2), network.doublings[2].weight
    )
    wanted = network.exit(features) / 2 + 0.5

    torch.testing.assert_close(network(lr).image, wanted)


def test_every_activation_has_one_slope_of_its_own() -> None:
    with torch.device("meta"):
        slopes = [m for m in SRResNet(scale=8).modules() if isinstance(m, nn.PReLU)]

    assert len(slopes) == 1 + 16 + 3
    assert all(slope.num_parameters == 1 for slope in slopes)


def test_an_exit_of_zeros_gives_mid_gray() -> None:
    network = _make_narrow()
    nn.init.zeros_(network.exit.weight)
    nn.init.zeros_(network.exit.bias)

    assert torch.equal(network(torch.rand(1, 3, 4, 4)).image, torch.full((1, 3, 16, 16), 0.5))


def test_gradient_reaches_every_parameter() -> None:
    network = _make_narrow()
    network(torch.rand(2, 3, 4, 4)).image.square().sum().backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_state_dict_round_trip_gives_the_same_faces() -> None:
    network, other = _make_narrow().eval(), _make_narrow().eval()
    nn.init.zeros_(other.exit.weight)
    other.load_state_dict(network.state_dict())
    lr = torch.rand(1, 3, 4, 4)

    assert torch.equal(network(lr).image, other(lr).image)


def test_bfloat16_autocast_is_close_to_float32() -> None:
    network = _make_narrow().eval()
    lr = torch.rand(1, 3, 4, 4)
    exact = network(lr).image

    with torch.autocast("cpu", torch.bfloat16):
        rounded = network(lr).image

    torch.testing.assert_close(rounded.float(), exact, rtol=0.05, atol=0.02)


@pytest.mark.parametrize("scale", [0, 1, 3, 6])
def test_scale_that_is_no_power_of_two_is_refused(scale: int) -> None:
    with pytest.raises(ConfigError, match=f"scale is {scale}; it must be 2, 4, 8"):
        SRResNet(scale=scale)
