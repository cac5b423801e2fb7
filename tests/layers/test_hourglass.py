import torch

from fcsrlib.layers.hourglass import Hourglass, PreActivationBottleneck


def test_bottleneck_adds_nothing_when_its_last_convolution_is_zero() -> None:
    block = PreActivationBottleneck(channels=4)
    torch.nn.init.zeros_(block.body[-1].weight)
    torch.nn.init.zeros_(block.body[-1].bias)
    features = torch.randn(2, 4, 5, 5)

    assert torch.equal(block(features), features)


def test_hourglass_of_idle_blocks_adds_the_coarsest_maximum() -> None:
    hourglass = Hourglass(channels=2, depth=2, num_blocks=1).eval()
    for module in hourglass.modules():
        if isinstance(module, PreActivationBottleneck):
            torch.nn.init.zeros_(module.body[-1].weight)
            torch.nn.init.zeros_(module.body[-1].bias)
    features = torch.zeros(1, 2, 4, 4)
    features[0, 0, 1, 2] = 5.0

    output = hourglass(features)

    # Each of the two levels passes the maximum on to all pixels below it.
    assert output[0, 0].tolist() == [[5, 5, 10, 10], [5, 5, 15, 10], [5, 5, 5, 5], [5, 5, 5, 5]]
    assert output[0, 1].abs().max() == 0


def test_every_position_has_four_bottlenecks() -> None:
    with torch.device("meta"):
        hourglass = Hourglass(channels=256, depth=4)
    blocks = [m for m in hourglass.modules() if isinstance(m, PreActivationBottleneck)]

    assert len(blocks) == 13 * 4
    assert sum(p.numel() for p in blocks[0].parameters()) == 214_528
