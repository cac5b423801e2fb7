import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fcsrlib.errors import CheckpointError, ContractError
from fcsrlib.losses import VGG16Features, feature_cache, shared_vgg
from fcsrlib.losses.vgg_weights import BLOCKS, CONVS, SHIPPED, load_vgg16_weights

TORCHVISION_INDICES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


@pytest.fixture(scope="module")
def shipped():
    """Return the shipped weights."""
    return load_vgg16_weights(None, CONVS[:7])


@pytest.fixture
def first_block(shipped):
    """Return the weights of the first block alone."""
    return {name: value for name, value in shipped.items() if name.startswith("conv1")}


def compute_slowly(image, weights):
    """Read the layers off the paper's table, in float64."""
    mean = torch.tensor([123.68, 116.779, 103.939], dtype=torch.float64)
    value = image.double() * 255 - mean[:, None, None]
    features = {}
    for block, depth in ((1, 2), (2, 2), (3, 3)):
        for index in range(1, depth + 1):
            name = f"conv{block}_{index}"
            kernel = weights[f"{name}.weight"].double()
            columns = F.unfold(value, 3, padding=1)
            value = (kernel.flatten(1) @ columns).unflatten(2, value.shape[2:])
            value = (value + weights[f"{name}.bias"].double()[:, None, None]).clamp(min=0)
            features[name] = value
        n, c, h, w = value.shape
        value = value.view(n, c, h // 2, 2, w // 2, 2).amax((3, 5))
        features[f"pool{block}"] = value
    return features


def test_features_agree_with_matrix_products_in_float64(make_random, shipped):
    image = make_random(2, 3, 16, 16)
    expected = compute_slowly(image, shipped)
    features = VGG16Features(tuple(expected), scales={})(image)
    assert features.keys() == expected.keys()
    for name, value in features.items():
        assert torch.allclose(value.double(), expected[name], rtol=1e-4, atol=1e-2), name


def test_scales_divide_each_layer(make_random):
    image = make_random(1, 3, 16, 16)
    plain = VGG16Features(("pool1", "conv2_1"), scales={})(image)
    scaled = VGG16Features(("pool1", "conv2_1"), scales={"pool1": 4.0})(image)
    assert torch.equal(scaled["pool1"], plain["pool1"] / 4)
    assert torch.equal(scaled["conv2_1"], plain["conv2_1"])


def test_the_shipped_scales_bring_layers_to_one_size(make_random):
    # A smooth picture: noise would excite the layers far more than the faces they are scaled on.
    image = F.interpolate(make_random(2, 3, 8, 8), size=(128, 128), mode="bicubic").clamp(0, 1)
    for name, value in VGG16Features(("conv1_2", "pool2", "conv3_3"))(image).items():
        assert 0.3 < value.mean() < 3, name


@pytest.mark.parametrize("side", [16, 32])
def test_low_resolution_faces_pass_all_three_pools(make_random, side):
    features = VGG16Features()(make_random(1, 3, side, side))
    shapes = [tuple(value.shape[1:]) for value in features.values()]
    assert shapes == [
        (64, side // 2, side // 2),
        (128, side // 4, side // 4),
        (256, side // 8, side // 8),
    ]


def test_it_is_frozen_and_stays_in_eval(make_random):
    network = VGG16Features(("conv1_1",)).train()
    assert not network.training
    assert list(network.parameters()) == []
    assert network.state_dict() == {}
    image = make_random(1, 3, 8, 8).requires_grad_()
    network(image)["conv1_1"].sum().backward()
    assert image.grad.abs().sum() > 0


def test_the_cache_returns_the_same_features_for_the_same_tensor(make_random):
    network, image = VGG16Features(("pool1",)), make_random(1, 3, 8, 8)
    with feature_cache():
        first = network(image)["pool1"]
        assert network(image)["pool1"] is first
        assert network(image.clone())["pool1"] is not first
    assert network(image)["pool1"] is not first


def test_features_cached_without_a_graph_are_not_used_with_one(make_random):
    network, image = VGG16Features(("pool1",)), make_random(1, 3, 8, 8).requires_grad_()
    with feature_cache():
        with torch.no_grad():
            assert not network(image)["pool1"].requires_grad
        assert network(image)["pool1"].requires_grad


def test_an_inner_cache_does_not_leak_into_the_outer(make_random):
    network, image = VGG16Features(("pool1",)), make_random(1, 3, 8, 8)
    with feature_cache():
        outer = network(image)["pool1"]
        with feature_cache():
            assert network(image)["pool1"] is not outer
        assert network(image)["pool1"] is outer


def test_equal_settings_share_one_network():
    assert shared_vgg(["pool1"]) is shared_vgg(("pool1",), device="cpu")
    assert shared_vgg(["pool1"]) is not shared_vgg(["pool2"])
    assert shared_vgg(["pool1"], scales={"pool1": 2.0}) is not shared_vgg(["pool1"])


@pytest.mark.parametrize("style", ["npz", "safetensors", "torchvision"])
def test_weights_load_from_every_format(tmp_path, make_random, first_block, style):
    path = tmp_path / f"vgg.{'pth' if style == 'torchvision' else style}"
    if style == "npz":
        np.savez(path, **{name: value.numpy() for name, value in first_block.items()})
    elif style == "safetensors":
        from safetensors.torch import save_file

        save_file(first_block, path)
    else:
        indices = dict(zip(CONVS, TORCHVISION_INDICES, strict=True))
        state = {
            f"features.{indices[name.split('.')[0]]}.{name.split('.')[1]}": value
            for name, value in first_block.items()
        }
        torch.save({**state, "classifier.0.weight": torch.zeros(2)}, path)
    image = make_random(1, 3, 8, 8)
    ours = VGG16Features(("pool1",), weights=path)(image)["pool1"]
    assert torch.equal(ours, VGG16Features(("pool1",), scales={})(image)["pool1"])


def test_torchvision_input_is_normalised_by_mean_and_deviation(tmp_path, make_random, first_block):
    path = tmp_path / "vgg.npz"
    np.savez(path, **{name: value.numpy() for name, value in first_block.items()})
    image = make_random(1, 3, 8, 8)
    mean, std = (torch.tensor(v) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    expected = F.conv2d(
        (image - mean[:, None, None]) / std[:, None, None],
        first_block["conv1_1.weight"],
        first_block["conv1_1.bias"],
        padding=1,
    ).relu()
    network = VGG16Features(("conv1_1",), weights=path, input="torchvision")
    assert torch.allclose(network(image)["conv1_1"], expected, atol=1e-5)


def test_thirteen_convolutions_reach_the_last_pool(tmp_path):
    widths = [width for block in BLOCKS for width in block]
    state = {}
    for name, wide, deep in zip(CONVS, widths, [3, *widths], strict=False):
        state[f"{name}.weight"] = torch.zeros(wide, deep, 3, 3, dtype=torch.float16)
        state[f"{name}.bias"] = torch.zeros(wide)
    torch.save(state, tmp_path / "vgg.pt")
    network = VGG16Features(("conv5_3", "pool5"), weights=tmp_path / "vgg.pt")
    assert network(torch.zeros(1, 3, 32, 32))["pool5"].shape == (1, 512, 1, 1)


def test_the_shipped_file_is_small_and_attributed():
    assert SHIPPED.stat().st_size < 4_000_000
    notice = (SHIPPED.parent / "NOTICE").read_text()
    assert "Visual Geometry Group, University of Oxford" in notice
    assert "CC BY 4.0" in notice


def test_bad_weights_are_refused(tmp_path, first_block):
    with pytest.raises(CheckpointError, match="do not exist; check the path"):
        VGG16Features(weights=tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="have no conv4_1; .* all 13 convolutions"):
        VGG16Features(("conv4_1",))
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not weights")
    with pytest.raises(CheckpointError, match="cannot be read"):
        VGG16Features(weights=damaged)
    first_block["conv1_1.weight"] = torch.zeros(64, 1, 3, 3)
    torch.save(first_block, tmp_path / "gray.pth")
    with pytest.raises(CheckpointError, match=r"conv1_1.weight is \(64, 1, 3, 3\); expected"):
        VGG16Features(("pool1",), weights=tmp_path / "gray.pth")


def test_bad_arguments_are_refused():
    with pytest.raises(ContractError, match="layer is 'relu3_3'; expected one of 'conv1_1'"):
        VGG16Features(("relu3_3",))
    with pytest.raises(ContractError, match="layers is empty"):
        VGG16Features(())
    with pytest.raises(ContractError, match="shipped VGG-16 weights need input='caffe'"):
        VGG16Features(input="torchvision")
    with pytest.raises(ContractError, match="sides of at least 8"):
        VGG16Features()(torch.zeros(1, 3, 4, 16))
    with pytest.raises(ContractError, match=r"expects \(N, 3, H, W\)"):
        VGG16Features(("conv1_1",))(torch.zeros(1, 1, 16, 16))
