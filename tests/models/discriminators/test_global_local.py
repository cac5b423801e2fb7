import pytest
import torch
from torch import nn

from fcsrlib.contracts import Discriminator
from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.losses.adversarial import discriminator_loss
from fcsrlib.losses.gradient_penalty import gradient_penalty
from fcsrlib.models.discriminators import GlobalLocalDiscriminator


def _make_narrow() -> GlobalLocalDiscriminator:
    torch.manual_seed(0)
    return GlobalLocalDiscriminator(channels=2)


def _make_holes() -> torch.Tensor:
    hole_mask = torch.zeros(2, 1, 128, 128)
    hole_mask[0, :, 30:70, 20:60] = 1
    hole_mask[1, :, 90:120, 100:128] = 1
    return hole_mask


def test_layers_and_parameter_counts_are_those_of_the_released_definitions() -> None:
    with torch.device("meta"):
        network = GlobalLocalDiscriminator()

    def widths(part: nn.Module) -> list[int]:
        return [m.out_channels for m in part.modules() if isinstance(m, nn.Conv2d)]

    local = [64, 64, 128, 128, 256, 256, 512, 512, 1]
    assert widths(network.local) == local
    assert widths(network.whole) == [32, 32, *local]
    assert sum(p.numel() for p in network.local.parameters()) == 7_130_689
    assert sum(p.numel() for p in network.whole.parameters()) == 7_164_705


def test_gives_one_logit_for_the_face_and_one_for_the_square() -> None:
    network = _make_narrow()
    logits = network(torch.rand(2, 3, 128, 128), _make_holes())

    assert isinstance(network, Discriminator)
    assert [tuple(one.shape) for one in logits] == [(2, 1, 1, 1)] * 2


def test_local_network_judges_the_64_pixels_around_each_hole() -> None:
    network = _make_narrow().eval()
    image = torch.rand(2, 3, 128, 128)
    _, local = network(image, _make_holes())

    squares = torch.stack([image[0, :, 18:82, 8:72], image[1, :, 64:128, 64:128]])
    torch.testing.assert_close(local, network.local(squares * 2 - 1))


def test_local_logit_does_not_see_the_rest_of_the_face() -> None:
    image = torch.rand(2, 3, 128, 128, requires_grad=True)
    _make_narrow()(image, _make_holes())[1].sum().backward()

    assert image.grad is not None
    seen = image.grad.abs().sum(1) > 0
    assert seen[0, 18:82, 8:72].float().mean() > 0.99
    assert seen[0].sum() == seen[0, 18:82, 8:72].sum()
    assert seen[1].sum() == seen[1, 64:, 64:].sum()


def test_without_a_mask_the_centre_is_judged() -> None:
    network = _make_narrow()
    image = torch.rand(2, 3, 128, 128)
    wanted = network.local(image[:, :, 32:96, 32:96] * 2 - 1)

    torch.testing.assert_close(network(image)[1], wanted)
    torch.testing.assert_close(network(image, torch.zeros(2, 1, 128, 128))[1], wanted)


def test_mid_gray_is_centred_to_zero() -> None:
    for logits in _make_narrow()(torch.full((1, 3, 128, 128), 0.5)):
        assert not logits.any()  # biases start from zero


def test_weights_start_from_a_normal_of_deviation_002() -> None:
    weight = GlobalLocalDiscriminator(channels=8).local[-3].weight

    assert weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_losses_take_its_two_logits() -> None:
    network = _make_narrow()
    real, fake = torch.rand(2, 2, 3, 128, 128).unbind()
    loss = discriminator_loss(network(real, _make_holes()), network(fake, _make_holes()))
    penalty = gradient_penalty(network, real, fake, _make_holes())
    (loss + penalty).backward()

    assert loss.item() == pytest.approx(2 * torch.tensor(2.0).log().item(), abs=0.01)
    assert penalty.isfinite()
    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_state_dict_round_trip_gives_the_same_logits() -> None:
    network, other = _make_narrow(), GlobalLocalDiscriminator(channels=2)
    other.load_state_dict(network.state_dict())
    image = torch.rand(2, 3, 128, 128)

    for one, two in zip(network(image, _make_holes()), other(image, _make_holes()), strict=True):
        assert torch.equal(one, two)


def test_bfloat16_autocast_is_close_to_float32() -> None:
    network, image = _make_narrow(), torch.rand(2, 3, 128, 128)
    exact = network(image, _make_holes())
    with torch.autocast("cpu", torch.bfloat16):
        rounded = network(image, _make_holes())

    for one, two in zip(rounded, exact, strict=True):
        torch.testing.assert_close(one.float(), two, rtol=0.05, atol=1e-3)


def test_smaller_images_are_refused() -> None:
    with pytest.raises(ContractError, match="GlobalLocalDiscriminator.*64 x 64.*at least 128"):
        _make_narrow()(torch.rand(1, 3, 64, 64))


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ContractError, match=r"expected \(1, 1, 128, 128\)"):
        _make_narrow()(torch.rand(1, 3, 128, 128), torch.zeros(1, 1, 16, 16))


def test_a_square_too_small_for_the_local_network_is_refused() -> None:
    with pytest.raises(ConfigError, match="crop_side is 32.*give 64 or more"):
        GlobalLocalDiscriminator(crop_side=32)
