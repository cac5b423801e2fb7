import torch
from torch import nn

from fcsrlib.benchmark.flops import count_flops

CONVOLUTION = 2 * 3 * 4 * 3 * 3 * 8 * 8  # 2 operations x inputs x outputs x kernel x pixels


def test_a_convolution_counts_two_operations_for_each_weight_and_pixel():
    network = nn.Conv2d(3, 4, 3, padding=1)
    assert count_flops(lambda: network(torch.rand(1, 3, 8, 8))) == CONVOLUTION
    assert count_flops(lambda: network(torch.rand(5, 3, 8, 8))) == 5 * CONVOLUTION


def test_the_backward_pass_to_weights_and_image_costs_twice_the_forward_pass():
    network = nn.Conv2d(3, 4, 3, padding=1)
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    assert count_flops(lambda: network(image).sum().backward()) == 3 * CONVOLUTION


def test_autocast_changes_nothing():
    network = nn.Conv2d(3, 4, 3, padding=1)
    with torch.autocast("cpu", torch.bfloat16):
        assert count_flops(lambda: network(torch.rand(1, 3, 8, 8))) == CONVOLUTION
