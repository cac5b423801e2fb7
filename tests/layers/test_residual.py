import torch

from fcsrlib.layers.residual import ResidualBlock, make_residual_blocks


def test_zero_weights_leave_the_input_as_it_is() -> None:
    block = ResidualBlock(channels=4)
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    features = torch.randn(2, 4, 5, 5)

    assert torch.equal(block(features), features)


def test_input_is_not_overwritten() -> None:
    features = torch.randn(2, 4, 5, 5)
    before = features.clone()
    ResidualBlock(channels=4)(features)

    assert torch.equal(features, before)


def test_blocks_in_a_row_share_no_weights() -> None:
    blocks = make_residual_blocks(12, 2)

    assert len({id(p) for p in blocks.parameters()}) == 12 * 4
