import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.errors import ContractError
from fcsrlib.models.priors import CompactPrior


def _make_narrow() -> CompactPrior:
    torch.manual_seed(0)
    return CompactPrior(num_landmarks=5, num_classes=3, channels=(4, 6, 8, 8), head_channels=6)


def test_it_stays_within_two_million_parameters_and_two_gflop() -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = CompactPrior()
        network.eval()(torch.rand(1, 3, 128, 128))

    assert sum(p.numel() for p in network.parameters()) == 1_897_532
    assert counter.get_total_flops() / 1e9 == pytest.approx(1.40, abs=0.005)


def test_it_predicts_what_the_hourglass_predicts_at_half_the_side() -> None:
    priors = _make_narrow()(torch.rand(2, 3, 32, 48))

    assert priors.landmarks.shape == (2, 5, 16, 24)
    assert priors.parsing.shape == (2, 3, 16, 24)
    assert 0 < priors.landmarks.min() and priors.landmarks.max() < 1
    assert priors.parsing.min() < 0 < priors.parsing.max()


def test_an_untrained_network_sees_landmarks_nowhere() -> None:
    torch.manual_seed(0)
    priors = CompactPrior().eval()(torch.rand(1, 3, 128, 128))
    assert priors.landmarks.mean() < 0.02


def test_every_pixel_of_the_face_is_seen_by_every_pixel_of_the_maps() -> None:
    network = CompactPrior().eval()
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    network(image).parsing[0, :, 0, 0].sum().backward()
    assert image.grad is not None
    assert image.grad[0, :, 64, 64].abs().sum() > 0


def test_a_side_that_cannot_be_halved_four_times_is_refused() -> None:
    with pytest.raises(ContractError, match="CompactPrior.*multiples of 16"):
        _make_narrow()(torch.rand(1, 3, 40, 40))
