import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.contracts import FacePriors, Restoration, SRBackbone
from fcsrlib.errors import ContractError
from fcsrlib.models.super_resolution import FSRNet


def _make_narrow(scale: int = 8) -> FSRNet:
    torch.manual_seed(0)
    return FSRNet(
        scale=scale,
        channels=4,
        prior_channels=8,
        num_landmarks=5,
        num_classes=3,
        hourglass_depth=2,
        num_fine_blocks=2,
    )


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts_are_the_published_ones() -> None:
    with torch.device("meta"):
        network = FSRNet()

    assert _count(network.coarse) == 225_219
    assert _count(network.prior) == 26_053_980
    assert _count(network.fine_encoder) + _count(network.fine_decoder) == 1_238_467
    assert _count(network) == 27_517_666


@pytest.mark.parametrize(("scale", "lr_side"), [(8, 16), (4, 32)])
def test_takes_81_gflop_for_128_pixels_at_any_scale(scale: int, lr_side: int) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        restoration = FSRNet(scale=scale).eval()(torch.rand(1, 3, lr_side, lr_side))

    assert restoration.image.shape == (1, 3, 128, 128)
    assert counter.get_total_flops() / 1e9 == pytest.approx(81.5, abs=0.05)


def test_the_prior_takes_most_of_the_operations() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        FSRNet().eval()(torch.rand(1, 3, 16, 16))
    parts = {name: sum(counts.values()) / 1e9 for name, counts in counter.get_flop_counts().items()}

    assert parts["FSRNet.prior"] == pytest.approx(58.5, abs=0.05)
    fine = parts["FSRNet.fine_encoder"] + parts["FSRNet.fine_decoder"]
    pieces = parts["FSRNet.coarse"] + parts["FSRNet.prior"] + fine
    assert pieces == pytest.approx(parts["Global"])
    assert pieces == pytest.approx(81.5, abs=0.05)


@pytest.mark.parametrize(("scale", "height", "width"), [(8, 4, 3), (4, 8, 6), (2, 8, 12)])
def test_outputs_are_enlarged_by_the_scale(scale: int, height: int, width: int) -> None:
    network = _make_narrow(scale)
    restoration = network(torch.rand(2, 3, height, width))

    assert isinstance(network, SRBackbone)
    assert isinstance(restoration, Restoration)
    assert restoration.image.shape == (2, 3, height * scale, width * scale)
    assert restoration.coarse is not None
    assert restoration.coarse.shape == restoration.image.shape
    assert isinstance(restoration.priors, FacePriors)
    assert restoration.priors.landmarks.shape == (2, 5, height * scale // 2, width * scale // 2)


def test_coarse_network_reads_the_bicubic_enlargement() -> None:
    network = _make_narrow().eval()
    lr = torch.rand(1, 3, 4, 4)
    enlarged = nn.functional.interpolate(lr, scale_factor=8, mode="bicubic")

    assert torch.equal(network(lr).coarse, network.coarse(enlarged))


def test_decoder_reads_features_heatmaps_and_part_probabilities() -> None:
    network = _make_narrow().eval()
    seen: list[torch.Tensor] = []
    network.fine_decoder.register_forward_pre_hook(lambda _, args: seen.append(args[0]))

    restoration = network(torch.rand(1, 3, 4, 4))

    (guided,) = seen
    assert guided.shape[1] == 4 + 5 + 3
    assert torch.equal(guided[:, 4:9], restoration.priors.landmarks)
    torch.testing.assert_close(guided[:, 9:].sum(1), torch.ones(1, 16, 16))


def test_published_decoder_reads_156_channels() -> None:
    with torch.device("meta"):
        assert FSRNet().fine_decoder[0].in_channels == 156


def test_image_depends_on_the_prior_network() -> None:
    network = _make_narrow().eval()
    lr = torch.rand(1, 3, 4, 4)
    before = network(lr).image
    nn.init.constant_(network.prior.landmark_head.bias, 3.0)

    assert not torch.equal(network(lr).image, before)


def test_gradient_of_the_image_alone_reaches_every_parameter() -> None:
    network = _make_narrow()
    network(torch.rand(2, 3, 4, 4)).image.square().sum().backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_state_dict_round_trip_gives_the_same_faces() -> None:
    network, other = _make_narrow().eval(), _make_narrow().eval()
    nn.init.zeros_(other.coarse[-1].weight)
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


def test_bfloat16_training_step_is_finite() -> None:
    network = _make_narrow()
    with torch.autocast("cpu", torch.bfloat16):
        loss = network(torch.rand(2, 3, 4, 4)).image.float().square().mean()
    loss.backward()

    assert loss.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_channels_last_gives_the_same_faces() -> None:
    network = _make_narrow().eval()
    lr = torch.rand(1, 3, 4, 4)
    wanted = network(lr).image
    network.to(memory_format=torch.channels_last)

    torch.testing.assert_close(network(lr).image, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("scale", "multiple"), [(8, 4), (4, 8), (32, 1), (64, 1)])
def test_size_multiple_brings_the_hourglass_its_32_pixels(scale: int, multiple: int) -> None:
    with torch.device("meta"):
        assert FSRNet(scale=scale).size_multiple == multiple


def test_size_that_does_not_fit_the_hourglass_is_refused_with_the_multiple() -> None:
    with torch.device("meta"), pytest.raises(ContractError, match="FSRNet.*multiples of 4"):
        FSRNet()(torch.rand(1, 3, 18, 16))
