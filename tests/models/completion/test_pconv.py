import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.contracts import Completion, FCBackbone
from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.models.completion import PConvUNet


def _make_narrow(lr_side: int = 16, **kwargs: int | bool) -> PConvUNet:
    torch.manual_seed(0)
    return PConvUNet(lr_side=lr_side, base_channels=4, max_channels=16, **kwargs)


def _make_faces(side: int = 16) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    hole_mask = torch.zeros(2, 1, side, side)
    hole_mask[:, :, side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = 1
    return torch.rand(2, 3, side, side, generator=generator), hole_mask


@pytest.mark.parametrize(
    ("lr_side", "depth", "count"), [(16, 4, 4_540_052), (32, 5, 11_619_988), (128, 7, 25_779_860)]
)
def test_depth_and_parameter_count_follow_the_side(lr_side: int, depth: int, count: int) -> None:
    with torch.device("meta"):
        network = PConvUNet(lr_side=lr_side)

    assert network.depth == depth
    assert network.size_multiple == 2**depth
    assert sum(p.numel() for p in network.parameters()) == count


def test_takes_a_tenth_of_a_gflop_at_16() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        PConvUNet().eval()(torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16))

    assert counter.get_total_flops() / 1e9 == pytest.approx(0.06, abs=0.001)


@pytest.mark.parametrize(("lr_side", "height", "width"), [(16, 16, 48), (32, 64, 32), (24, 8, 24)])
def test_output_has_the_size_of_the_input(lr_side: int, height: int, width: int) -> None:
    network = _make_narrow(lr_side)
    completion = network(torch.rand(2, 3, height, width), torch.zeros(2, 1, height, width))

    assert isinstance(network, FCBackbone)
    assert isinstance(completion, Completion)
    assert completion.image.shape == (2, 3, height, width)


def test_given_depth_overrides_the_side() -> None:
    assert _make_narrow(32, depth=3).size_multiple == 8


def test_content_of_the_hole_has_no_influence() -> None:
    network = _make_narrow()
    lr_masked, hole_mask = _make_faces()

    output = network(lr_masked, hole_mask).image
    spoilt = network(lr_masked + 50 * hole_mask * torch.randn_like(lr_masked), hole_mask).image

    assert torch.equal(output, spoilt)


def test_a_hole_over_everything_gives_finite_values_and_gradients() -> None:
    network = _make_narrow()
    lr_masked, hole_mask = _make_faces()

    image = network(lr_masked, torch.ones_like(hole_mask)).image
    image.square().sum().backward()

    assert image.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


def test_gradient_reaches_every_parameter() -> None:
    network = _make_narrow()
    network(*_make_faces()).image.square().sum().backward()

    starved = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert starved == []


def test_state_dict_round_trip_gives_the_same_faces() -> None:
    network, other = _make_narrow().eval(), PConvUNet(base_channels=4, max_channels=16).eval()
    other.load_state_dict(network.state_dict())

    assert torch.equal(network(*_make_faces()).image, other(*_make_faces()).image)


def test_frozen_encoder_norm_stays_still_through_train() -> None:
    network = _make_narrow(freeze_encoder_norm=True)
    encoder = {k: v.clone() for k, v in network.encoder.state_dict().items()}
    decoder = {k: v.clone() for k, v in network.decoder.state_dict().items()}

    network.eval().train()
    network(*_make_faces())

    assert all(torch.equal(v, encoder[k]) for k, v in network.encoder.state_dict().items())
    assert not all(torch.equal(v, decoder[k]) for k, v in network.decoder.state_dict().items())


def test_unfrozen_encoder_norm_moves_until_it_is_frozen() -> None:
    network = _make_narrow()
    norm = network.encoder[1].norm
    network(*_make_faces())
    moved = norm.running_mean.clone()
    network.freeze_encoder_norm()
    network(*_make_faces())

    assert moved.any()
    assert torch.equal(norm.running_mean, moved)


def test_bfloat16_autocast_is_close_to_float32() -> None:
    network = _make_narrow().eval()
    exact = network(*_make_faces()).image

    with torch.autocast("cpu", torch.bfloat16):
        rounded = network(*_make_faces()).image

    torch.testing.assert_close(rounded.float(), exact, rtol=0.05, atol=0.05)


def test_channels_last_gives_the_same_faces() -> None:
    network = _make_narrow().eval()
    lr_masked, hole_mask = _make_faces()
    wanted = network(lr_masked, hole_mask).image

    network.to(memory_format=torch.channels_last)
    got = network(lr_masked.contiguous(memory_format=torch.channels_last), hole_mask).image

    torch.testing.assert_close(got, wanted)


def test_integer_and_bool_masks_mean_the_same() -> None:
    network = _make_narrow().eval()
    lr_masked, hole_mask = _make_faces()
    wanted = network(lr_masked, hole_mask).image

    assert torch.equal(network(lr_masked, hole_mask.bool()).image, wanted)
    assert torch.equal(network(lr_masked, hole_mask.byte()).image, wanted)


def test_size_that_does_not_halve_is_refused_with_the_multiple() -> None:
    with pytest.raises(ContractError, match="multiples of 16"):
        _make_narrow()(torch.rand(1, 3, 24, 16), torch.zeros(1, 1, 24, 16))


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ContractError, match=r"expected \(1, 1, 16, 16\)"):
        _make_narrow()(torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 32, 32))


def test_depth_beyond_the_side_is_refused_with_the_deepest() -> None:
    with pytest.raises(ConfigError, match="depth 5 does not fit lr_side 16.*from 1 to 4"):
        PConvUNet(lr_side=16, depth=5)


def test_odd_side_is_refused() -> None:
    with pytest.raises(ConfigError, match="even number"):
        PConvUNet(lr_side=15)
