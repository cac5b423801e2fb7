import pytest
import torch
import torch.nn.functional as F
from fcsrlib_example_sr.edge_sr import EdgeSR

import fcsrlib
from fcsrlib.testing import check_sr_backbone


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_it_keeps_the_contract_at_every_scale(scale):
    check_sr_backbone(EdgeSR(scale=scale, channels=4, num_blocks=1))


def test_it_starts_as_bicubic_enlargement():
    lr = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(lr, scale_factor=8, mode="bicubic", align_corners=False)
    assert torch.equal(EdgeSR()(lr).image, expected)


def test_it_has_the_stated_number_of_parameters():
    assert round(sum(p.numel() for p in EdgeSR().parameters()) / 1e6, 2) == 0.59


def test_its_edge_filters_answer_a_ramp_with_its_slope():
    ramp = torch.arange(8.0).repeat(8, 1).expand(1, 3, 8, 8)
    edges = F.conv2d(ramp, EdgeSR().sobel, groups=3)
    assert torch.allclose(edges[:, 0::2], torch.ones(1, 3, 6, 6))
    assert torch.allclose(edges[:, 1::2], torch.zeros(1, 3, 6, 6))


def test_another_scale_is_refused():
    with pytest.raises(fcsrlib.ConfigError, match="scale is 3; choose one of"):
        EdgeSR(scale=3)


def test_the_library_finds_it_by_name():
    assert "example_sr" in [plugin.name for plugin in fcsrlib.list_plugins()]
    assert isinstance(fcsrlib.SR_BACKBONES.build(dict(type="EdgeSR", scale=4)), EdgeSR)
