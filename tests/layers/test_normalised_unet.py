import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.layers.normalised_unet import NormalisedUNet


def make_net():
    torch.manual_seed(0)
    return NormalisedUNet((4, 6, 8, 10), (1, 2, 1, 1)).eval()


def test_a_face_is_seen_at_half_its_side():
    assert make_net().see(torch.rand(2, 3, 32, 48)).shape == (2, 4, 16, 24)


def test_both_ways_agree_with_their_layers_written_out():
    net, image = make_net(), torch.rand(1, 3, 32, 32)
    half = net.down[0](image)
    quarter = net.down[1](half)
    eighth = net.down[2](quarter)
    features = net.down[3](eighth)
    for level, kept in ((2, eighth), (1, quarter), (0, half)):
        wide = net.narrow[level](features).repeat_interleave(2, -1).repeat_interleave(2, -2)
        features = net.up[level](wide + kept)
    assert torch.allclose(net.see(image), features, atol=1e-6)


def test_the_network_that_refuses_a_side_is_named():
    class Reader(NormalisedUNet):
        pass

    with pytest.raises(ContractError, match="Reader got an image of 40 x 40.*multiples of 16"):
        Reader((4, 4, 4, 4), (1, 1, 1, 1)).see(torch.rand(1, 3, 40, 40))
