import torch

from fcsrlib.layers.normalised import NormalisedBlock, make_conv


def test_a_block_whose_last_scale_is_zero_passes_positive_features_through():
    block = NormalisedBlock(4).eval()
    torch.nn.init.zeros_(block.layers[-1].weight)
    features = torch.rand(1, 4, 5, 7)
    assert torch.equal(block(features), features)
    assert torch.equal(block(-features), torch.zeros_like(features))


def test_a_convolution_keeps_the_size_unless_it_strides():
    features = torch.rand(2, 3, 8, 6)
    assert make_conv(3, 5)(features).shape == make_conv(3, 5, kernel_size=1)(features).shape
    assert make_conv(3, 5, stride=2)(features).shape == (2, 5, 4, 3)
    assert make_conv(3, 5)(features).min() >= 0
