import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from fcsrlib.errors import ConfigError
from fcsrlib.models.completion import SwiftFC
from fcsrlib.models.super_resolution import SwiftSR


@pytest.mark.parametrize(("scale", "gflop", "millions"), [(8, 2.53, 5.83), (4, 2.94, 5.98)])
def test_the_compound_stays_within_its_budget(scale: int, gflop: float, millions: float) -> None:
    side = 128 // scale
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        fc, sr = SwiftFC(lr_side=side), SwiftSR(scale=scale)
        fc(torch.rand(1, 3, side, side), torch.zeros(1, 1, side, side))
        sr(torch.rand(1, 3, side, side))

    count = sum(p.numel() for part in (fc, sr) for p in part.parameters())
    assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, abs=0.005) and gflop <= 3.5
    assert count / 1e6 == pytest.approx(millions, abs=0.005) and millions <= 6


@pytest.mark.parametrize("scale", [4, 8])
def test_it_learns_the_difference_from_bicubic_enlargement(scale: int) -> None:
    torch.manual_seed(0)
    network = SwiftSR(scale=scale, widths=(8, 8), num_blocks=(1, 1), tail=(8,) * (scale // 4))
    torch.nn.init.zeros_(network.exit[0].weight)
    torch.nn.init.zeros_(network.exit[0].bias)
    lr = torch.rand(2, 3, 16, 16)
    expected = functional.interpolate(lr, scale_factor=scale, mode="bicubic", align_corners=False)
    assert torch.allclose(network(lr).image, expected, atol=1e-6)


def test_another_scale_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"scale is 2; expected one of \[4, 8\]"):
        SwiftSR(scale=2)
