import torch

from fcsrlib.layers.attention_unet import AttentionBlock, AttentionUNet


def make_unet(side=16):
    torch.manual_seed(0)
    net = AttentionUNet((8, 12), (1, 2), side)
    for block in net.modules():
        if isinstance(block, AttentionBlock):
            torch.nn.init.normal_(block.second.weight, std=0.1)
    return net


def test_a_fresh_block_is_the_identity():
    features = torch.randn(2, 8, 5, 5)
    assert torch.equal(AttentionBlock(8)(features), features)


def test_a_block_weights_each_channel_by_what_the_whole_face_holds():
    torch.manual_seed(0)
    block = AttentionBlock(8)
    torch.nn.init.normal_(block.second.weight, std=0.1)
    features = torch.randn(1, 8, 6, 6)
    change = block.second(block.first(features).relu())
    hidden = (change.mean((2, 3)) @ block.squeeze.weight.T + block.squeeze.bias).relu()
    weights = (hidden @ block.excite.weight.T + block.excite.bias).sigmoid()
    expected = features + change * weights.view(1, 8, 1, 1)
    assert torch.allclose(block(features), expected, atol=1e-6)


def test_features_keep_their_shape_at_any_multiple():
    net = make_unet()
    assert net.size_multiple == 2
    for size in ((16, 16), (8, 20)):
        assert net(torch.randn(2, 8, *size)).shape == (2, 8, *size)


def test_a_place_in_the_face_matters():
    net = make_unet()
    flat = torch.zeros(1, 8, 16, 16)
    before = net(flat)
    with torch.no_grad():
        net.place[0, :, 3, 4] = 1.0
    after = net(flat)
    assert not torch.allclose(after[..., 3, 4], before[..., 3, 4])
    assert net(torch.zeros(1, 8, 32, 32)).shape == (1, 8, 32, 32)
