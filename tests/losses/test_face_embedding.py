import math

import numpy as np
import pytest
import torch

from fcsrlib.errors import CheckpointError, ContractError
from fcsrlib.layers.mobilefacenet import MobileFaceNet
from fcsrlib.losses import FaceEmbedding, load_mobilefacenet
from fcsrlib.losses.face_embedding import make_crop_grid


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return MobileFaceNet().eval()


@pytest.fixture(scope="module")
def embed(network):
    return FaceEmbedding(network)


def place_in_128(x, y):
    """Return pixels of the face of 128 for a place in CelebA's central 178 pixels."""
    return x * 144 / 178 - 0.5 - 8, y * 144 / 178 - 0.5 - 8


def sample_slowly(image, grid):
    """Return ``image`` (C, S, S) at the pixels of ``grid`` (h, w, 2), a loop of bilinear reads."""
    last = image.shape[-1] - 1
    out = np.zeros((len(image), *grid.shape[:2]))
    for row, column in np.ndindex(grid.shape[:2]):
        x, y = ((value + 1) * image.shape[-1] / 2 - 0.5 for value in grid[row, column])
        x, y = (min(max(value, 0), last) for value in (x, y))
        left, top = math.floor(x), math.floor(y)
        right, bottom = min(left + 1, last), min(top + 1, last)
        above = image[:, top, left] * (1 - x + left) + image[:, top, right] * (x - left)
        below = image[:, bottom, left] * (1 - x + left) + image[:, bottom, right] * (x - left)
        out[:, row, column] = above * (1 - y + top) + below * (y - top)
    return out


def test_eyes_and_mouth_of_an_aligned_face_come_near_where_the_network_wants_them(embed):
    places = [place_in_128(70, 92), place_in_128(109, 92), place_in_128(89.5, 134.5)]
    wanted = [(30.2946, 51.6963), (65.5318, 51.5014), (48.14, 92.285)]
    rows, columns = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    for (x, y), (to_x, to_y) in zip(places, wanted, strict=True):
        blob = (-((columns - x) ** 2 + (rows - y) ** 2) / 8).exp().expand(1, 3, 128, 128)
        crop = embed.crop(blob)[0, 0]
        found_y = (crop.sum(1) * torch.arange(112)).sum() / crop.sum()
        found_x = (crop.sum(0) * torch.arange(96)).sum() / crop.sum()
        assert math.dist((found_x, found_y), (to_x, to_y)) < 1.5  # three points, one similarity


def test_the_crop_is_a_similarity():
    (across, down) = (np.diff(make_crop_grid()[0].double().numpy(), axis=a) for a in (1, 0))
    assert np.ptp(across, axis=(0, 1)).max() < 1e-5 and np.ptp(down, axis=(0, 1)).max() < 1e-5
    step, turned = across[0, 0], down[0, 0]
    assert turned == pytest.approx([-step[1], step[0]], abs=1e-6)
    assert np.hypot(*step) * 64 == pytest.approx(0.87, abs=0.02)  # face pixels a crop pixel


def test_the_crop_agrees_with_a_slow_loop(embed, make_random):
    image = make_random(1, 3, 128, 128)
    expected = sample_slowly(image[0].double().numpy(), make_crop_grid()[0].double().numpy())
    assert embed.crop(image)[0].numpy() == pytest.approx(expected, abs=1e-4)


def test_the_crop_of_a_smooth_face_does_not_depend_on_its_side(embed):
    ramp = torch.linspace(0, 1, 257)[1::2].expand(1, 3, 128, 128)
    small = torch.nn.functional.avg_pool2d(ramp, 2)
    assert torch.allclose(embed.crop(ramp), embed.crop(small), atol=1e-4)


def test_vectors_have_length_one_and_mirrors_change_places(embed, network, make_random):
    image = make_random(2, 3, 128, 128)
    vectors = embed(image, with_mirror=True)
    assert vectors.shape == (2, 256)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2))
    raw = torch.cat([network(embed.crop(image)), network(embed.crop(image).flip(3))], 1)
    assert torch.allclose(vectors * raw.norm(dim=1, keepdim=True), raw, atol=1e-5)
    plain = torch.nn.functional.normalize(raw[:, :128], dim=1)
    assert torch.allclose(embed(image), plain, atol=1e-6)


def test_it_is_frozen_and_stays_in_eval(network):
    embed = FaceEmbedding(network).train()
    assert not any(module.training for module in embed.modules())
    assert not any(p.requires_grad for p in embed.parameters())
    assert "grid" not in embed.state_dict()


@pytest.mark.parametrize("wrap", [dict, lambda s: {"net_state_dict": s, "epoch": 68}])
@pytest.mark.parametrize("counted", [True, False])
def test_a_file_is_read_with_or_without_counters_and_wrapping(tmp_path, network, wrap, counted):
    state = {
        name: value
        for name, value in network.state_dict().items()
        if counted or not name.endswith("num_batches_tracked")
    }
    torch.save(wrap(state), tmp_path / "net.pt")
    loaded = load_mobilefacenet(tmp_path / "net.pt").state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in state.items())


def test_bad_files_are_refused_by_name(tmp_path, network):
    with pytest.raises(CheckpointError, match="no checkpoint at .*none.pt"):
        load_mobilefacenet(tmp_path / "none.pt")
    (tmp_path / "damaged.pt").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="damaged.pt"):
        load_mobilefacenet(tmp_path / "damaged.pt")
    torch.save(dict(list(network.state_dict().items())[6:]), tmp_path / "part.pt")
    with pytest.raises(CheckpointError, match=r"part.pt is of another network .*missing \(conv1"):
        load_mobilefacenet(tmp_path / "part.pt")


@pytest.mark.parametrize("shape", [(1, 1, 128, 128), (1, 3, 128, 96), (3, 128, 128)])
def test_other_shapes_are_refused(embed, shape):
    with pytest.raises(ContractError, match=r"expects RGB \(N, 3, S, S\)"):
        embed(torch.rand(shape))
