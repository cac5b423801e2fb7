import pytest
import torch
from torch import nn

from fcsrlib.contracts import Discriminator
from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.models.discriminators import PatchGAN

NORMS = ["batch", "instance", "none", "spectral"]


def _make_narrow(norm: str = "batch") -> PatchGAN:
    torch.manual_seed(0)
    return PatchGAN(channels=4, norm=norm)


def test_parameter_count_is_the_published_one() -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in PatchGAN().parameters()) == 2_765_633


@pytest.mark.parametrize("norm", NORMS)
def test_judges_128_pixels_by_14_x_14_patches(norm: str) -> None:
    network = _make_narrow(norm)
    hole_mask = torch.zeros(2, 1, 128, 128)

    assert isinstance(network, Discriminator)
    assert network(torch.rand(2, 3, 128, 128), hole_mask).shape == (2, 1, 14, 14)


def test_a_logit_sees_70_x_70_pixels() -> None:
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    _make_narrow("none")(image)[0, 0, 7, 7].backward()

    assert image.grad is not None
    rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    columns = image.grad.abs().sum((0, 1, 2)).nonzero().flatten()
    assert rows[-1] - rows[0] + 1 == 70
    assert columns[-1] - columns[0] + 1 == 70


def test_mid_gray_is_centred_to_zero() -> None:
    network = _make_narrow("none")
    gray = torch.full((1, 3, 128, 128), 0.5)

    assert network(gray).abs().max() == 0  # biases start from zero


def test_weights_start_from_a_normal_of_deviation_002() -> None:
    weight = PatchGAN(channels=32).layers[2].weight

    assert weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_spectral_norm_leaves_no_convolution_out() -> None:
    network = _make_narrow("spectral")
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    for _ in range(50):
        network(torch.rand(1, 3, 32, 32))

    assert len(convolutions) == 5
    for convolution in convolutions:
        largest = torch.linalg.matrix_norm(convolution.weight.flatten(1), ord=2)
        assert largest.item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("norm", NORMS)
def test_gradient_reaches_every_parameter(norm: str) -> None:
    network = _make_narrow(norm)
    network(torch.rand(2, 3, 64, 64)).square().sum().backward()

    assert [n for n, p in network.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("norm", NORMS)
def test_state_dict_round_trip_gives_the_same_logits(norm: str) -> None:
    network, other = _make_narrow(norm).eval(), PatchGAN(channels=4, norm=norm).eval()
    other.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 64, 64)

    assert torch.equal(network(image), other(image))


def test_bfloat16_autocast_is_close_to_float32() -> None:
    network, image = _make_narrow("none"), torch.rand(1, 3, 64, 64)
    exact = network(image)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = network(image)

    torch.testing.assert_close(rounded.float(), exact, rtol=0.05, atol=1e-3)


def test_smallest_image_gives_one_logit() -> None:
    assert _make_narrow("none")(torch.rand(1, 3, 24, 24)).shape == (1, 1, 1, 1)


def test_smaller_images_are_refused() -> None:
    with pytest.raises(ContractError, match="PatchGAN got an image of 16 x 16.*at least 24"):
        _make_narrow()(torch.rand(1, 3, 16, 16))


def test_unknown_norm_is_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match="batch, instance, none, spectral"):
        PatchGAN(norm="layer")
