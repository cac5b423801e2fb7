import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.contracts import Completion, FCBackbone
from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.models.completion import GFC
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing import check_fc_backbone


def _make_narrow(lr_side: int = 16, **kwargs: int | str) -> GFC:
    torch.manual_seed(0)
    return GFC(lr_side=lr_side, base_channels=2, **kwargs)


def _make_faces(side: int = 16, count: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    hole_mask = torch.zeros(count, 1, side, side)
    hole_mask[:, :, side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = 1
    return torch.rand(count, 3, side, side, generator=generator), hole_mask


@pytest.mark.parametrize(
    ("lr_side", "num_pools", "count", "gflop"),
    [(128, 4, 137_071_331, 4.02), (32, 3, 11_181_507, 0.68), (16, 3, 3_313_347, 0.17)],
)
def test_size_follows_the_side(lr_side: int, num_pools: int, count: int, gflop: float) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = GFC(lr_side=lr_side).eval()
        network(torch.rand(1, 3, lr_side, lr_side), torch.zeros(1, 1, lr_side, lr_side))

    assert len(network.encoder) == num_pools
    assert network.size_multiple == lr_side
    assert sum(p.numel() for p in network.parameters()) == count
    assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, abs=0.005)


@pytest.mark.parametrize(("lr_side", "features"), [(128, 16384), (32, 4096), (16, 1024)])
def test_bottleneck_keeps_a_quarter_of_the_features(lr_side: int, features: int) -> None:
    with torch.device("meta"):
        inward, _, outward, _ = GFC(lr_side=lr_side).bottleneck

    assert (inward.in_features, inward.out_features) == (features, features // 4)
    assert (outward.in_features, outward.out_features) == (features // 4, features)


def test_channels_are_those_of_the_released_definition() -> None:
    with torch.device("meta"):
        network = GFC(lr_side=128)

    def widths(part: nn.Module) -> list[int]:
        return [m.out_channels for m in part.modules() if isinstance(m, nn.Conv2d)]

    assert widths(network.encoder) == [32, 32, 64, 64, 128, 128, 256, 256, 256, 256]
    assert widths(network.decoder) == [64, 64, 64, 128, 64, 64, 64, 32, 32, 32]
    assert network.head.in_channels == 32


@pytest.mark.parametrize("num_pools", [1, 2, 3, 4])
def test_every_number_of_pools_keeps_the_contract(num_pools: int) -> None:
    network = _make_narrow(16, num_pools=num_pools)

    assert isinstance(network, FCBackbone)
    assert network.inner_side == 16 // 2**num_pools
    check_fc_backbone(network)


def test_unpooling_restores_the_places_its_encoder_pooled_from() -> None:
    network = _make_narrow().eval()
    pooled: list[Tensor] = []
    values: list[Tensor] = []
    unpooled: list[Tensor] = []
    for block in network.encoder:
        block.register_forward_hook(lambda _, args, output: pooled.append(output))
    network.bottleneck.register_forward_hook(
        lambda _, args, output: values.append(output.view(2, -1, 2, 2))
    )
    for block in network.decoder:
        block.register_forward_pre_hook(lambda _, args: unpooled.append(args[0]))
        block.register_forward_hook(lambda _, args, output: values.append(output))

    network(*_make_faces())

    for before, value, after in zip(reversed(pooled), values[:-1], unpooled, strict=True):
        num_placed = 0
        for n, c, y, x in torch.cartesian_prod(*map(torch.arange, value.shape)).tolist():
            window = (n, c, slice(2 * y, 2 * y + 2), slice(2 * x, 2 * x + 2))
            source, target = before[window].flatten().tolist(), after[window].flatten().tolist()
            places = [place for place, found in enumerate(target) if found]
            assert sum(target) == value[n, c, y, x]  # as it was, in one place of four
            assert len(places) == (value[n, c, y, x] != 0)
            assert all(source[place] == max(source) for place in places)
            num_placed += len(places) * (source.count(max(source)) == 1)
        assert num_placed > value.numel() / 20  # where one place was right and three were wrong


def test_hole_is_filled_with_uniform_noise_and_nothing_else_changes() -> None:
    network = _make_narrow(64)
    lr_masked, hole_mask = _make_faces(64, count=8)
    centred = lr_masked * 2 - 1
    hole = hole_mask.bool().expand_as(centred)
    for mode in (True, False):
        filled = network.train(mode).fill(centred, hole_mask)
        assert torch.equal(filled[~hole], centred[~hole])
        assert filled[hole].min() < -0.98
        assert filled[hole].max() > 0.98
        assert filled[hole].mean().abs() < 0.05
        assert filled[hole].std().item() == pytest.approx(3**-0.5, abs=0.02)


def test_noise_is_new_at_each_training_step_and_constant_in_evaluation() -> None:
    network = _make_narrow()
    faces = _make_faces()

    assert not torch.equal(network(*faces).image, network(*faces).image)
    network.eval()
    assert torch.equal(network(*faces).image, network(*faces).image)
    assert torch.equal(network.filling, GFC(lr_side=16, base_channels=3).filling)


def test_training_noise_follows_the_global_seed() -> None:
    network = _make_narrow()
    images = []
    for _ in range(2):
        torch.manual_seed(7)
        images.append(network(*_make_faces()).image)

    assert torch.equal(*images)


def test_a_face_is_completed_alike_alone_and_in_a_batch() -> None:
    network = _make_narrow().eval()
    lr_masked, hole_mask = _make_faces(count=3)
    together = network(lr_masked, hole_mask).image

    for index in range(3):
        one = slice(index, index + 1)
        torch.testing.assert_close(network(lr_masked[one], hole_mask[one]).image, together[one])


def test_gray_filling_is_the_middle_of_the_range() -> None:
    network = _make_narrow(noise="gray")
    lr_masked, hole_mask = _make_faces()

    filled = network.fill(lr_masked * 2 - 1, hole_mask)
    assert not filled[hole_mask.bool().expand_as(filled)].any()


def test_content_of_the_hole_has_no_influence_even_where_it_is_no_number() -> None:
    network = _make_narrow().eval()
    lr_masked, hole_mask = _make_faces()
    spoilt = torch.where(hole_mask > 0, torch.nan, lr_masked)

    assert torch.equal(network(lr_masked, hole_mask).image, network(spoilt, hole_mask).image)


def test_a_network_of_zeros_returns_mid_gray() -> None:
    network = _make_narrow()
    for parameter in network.parameters():
        nn.init.zeros_(parameter)

    assert torch.equal(network(*_make_faces()).image, torch.full((2, 3, 16, 16), 0.5))


def test_larger_images_pass_the_bottleneck_tile_by_tile() -> None:
    network = _make_narrow().eval()
    features = torch.rand(2, 16, 4, 6)

    squeezed = network._squeeze(features)
    assert squeezed.shape == features.shape
    for row in range(0, 4, 2):
        for column in range(0, 6, 2):
            tile = features[:, :, row : row + 2, column : column + 2]
            wanted = network.bottleneck(tile.flatten(1)).unflatten(1, (16, 2, 2))
            got = squeezed[:, :, row : row + 2, column : column + 2]
            torch.testing.assert_close(got, wanted)


def test_output_has_the_size_of_the_input() -> None:
    completion = _make_narrow()(torch.rand(2, 3, 32, 48), torch.zeros(2, 1, 32, 48))

    assert isinstance(completion, Completion)
    assert completion.image.shape == (2, 3, 32, 48)


def test_initial_weights_are_the_authors() -> None:
    network = GFC(lr_side=16, base_channels=16)
    convolution = network.encoder[1][0]
    fan = (convolution.in_channels + convolution.out_channels) * 9 / 2

    assert convolution.weight.std().item() == pytest.approx((2 / fan) ** 0.5, rel=0.05)
    assert network.head.weight.std().item() == pytest.approx(1e-3, rel=0.1)
    assert not any(p.any() for n, p in network.named_parameters() if n.endswith("bias"))


def test_gradient_reaches_every_parameter() -> None:
    network = _make_narrow()
    network(*_make_faces()).image.square().sum().backward()

    starved = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert starved == []


def test_state_dict_round_trip_gives_the_same_faces() -> None:
    network, other = _make_narrow().eval(), GFC(lr_side=16, base_channels=2).eval()
    assert "filling" not in network.state_dict()
    other.load_state_dict(network.state_dict())

    assert torch.equal(network(*_make_faces()).image, other(*_make_faces()).image)


def test_bfloat16_training_step_is_finite() -> None:
    network = _make_narrow()
    with torch.autocast("cpu", torch.bfloat16):
        loss = network(*_make_faces()).image.float().square().mean()
    loss.backward()

    assert loss.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_channels_last_gives_the_same_faces() -> None:
    network = _make_narrow().eval()
    wanted = network(*_make_faces()).image
    network.to(memory_format=torch.channels_last)

    torch.testing.assert_close(network(*_make_faces()).image, wanted)


def test_the_generator_gives_it_the_low_resolution_side() -> None:
    with torch.device("meta"):
        generator = FCSRGenerator(fc=dict(type="GFC"), sr=dict(type="SRResNet"), scale=8)

    assert generator.fc.size_multiple == 16


def test_size_of_another_face_is_refused_with_the_multiple() -> None:
    with pytest.raises(ContractError, match="GFC.*multiples of 16"):
        _make_narrow()(torch.rand(1, 3, 24, 16), torch.zeros(1, 1, 24, 16))


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ContractError, match=r"expected \(1, 1, 16, 16\)"):
        _make_narrow()(torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 32, 32))


@pytest.mark.parametrize(("lr_side", "num_pools"), [(16, 5), (16, 0), (12, 3), (20, None)])
def test_pools_that_do_not_fit_the_side_are_refused(lr_side: int, num_pools: int | None) -> None:
    with pytest.raises(ConfigError, match=f"does not fit lr_side {lr_side}"):
        GFC(lr_side=lr_side, num_pools=num_pools)


def test_unknown_noise_is_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match="uniform, gray"):
        GFC(noise="normal")
