from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.inference import mask_finder
from fcsrlib.inference.mask_finder import MaskFinder, clean_mask
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models import MaskNet

SMALL = dict(channels=(4, 4, 4, 4), num_blocks=(1, 1, 1, 1), edge_channels=4)


class FindBlue(nn.Module):
    """Finds what is more blue than red."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(40.0))

    def forward(self, image):
        return self.scale * (image[:, 2:] - image[:, :1])


def make_face(side, rows, columns):
    image = np.full((side, side, 3), (160, 120, 90), np.uint8)
    image[rows, columns] = (20, 40, 200)
    return image


@pytest.mark.parametrize("side", [64, 128, 256])
def test_what_is_found_is_covered_with_a_margin_at_the_images_size(side):
    unit = side // 64
    rows, columns = slice(20 * unit, 40 * unit), slice(10 * unit, 30 * unit)
    mask = MaskFinder(FindBlue())(make_face(side, rows, columns))
    assert mask.shape == (side, side) and mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255} and (mask[rows, columns] == 255).all()
    covered = np.argwhere(mask)
    margins = np.abs(covered.min(0) - (rows.start, columns.start)) / side * 128
    assert (1 <= margins).all() and (margins <= 4).all()


def test_no_pixel_of_a_small_face_that_shows_both_is_left_visible():
    rows, columns = slice(42, 86), slice(30, 90)
    small = cv2.resize(make_face(144, rows, columns), (36, 36), interpolation=cv2.INTER_AREA)
    shown = MaskFinder(FindBlue())(small) == 0
    assert shown.any() and (small[shown] == (160, 120, 90)).all()


def test_a_margin_of_nothing_returns_what_was_found():
    found = np.zeros((32, 32), bool)
    found[8:20, 5:30] = True
    assert np.array_equal(clean_mask(found, 0.0, 0.0) == 255, found)


def test_the_margin_is_round():
    found = np.zeros((33, 33), bool)
    found[16, 16] = True
    rows, columns = np.indices(found.shape)
    disc = np.hypot(rows - 16, columns - 16) <= 5
    assert np.array_equal(clean_mask(found, 0.0, 5.0) == 255, disc)


def test_specks_are_dropped_and_holes_filled():
    found = np.zeros((50, 50), bool)
    found[20:40, 20:40] = True
    found[2:4, 2:4] = True
    found[30, 30] = False
    mask = clean_mask(found, 0.01, 0.0) == 255
    assert not mask[:10, :10].any() and mask[20:40, 20:40].all()
    assert mask.sum() == 400


def test_nothing_found_is_an_empty_mask():
    assert not MaskFinder(FindBlue())(make_face(128, slice(0), slice(0))).any()


def test_the_mirrored_face_has_the_mirrored_mask():
    torch.manual_seed(0)
    finder = MaskFinder(MaskNet(**SMALL))
    image = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    share, mirrored = (finder.find_probability(one) for one in (image, image[:, ::-1].copy()))
    np.testing.assert_allclose(share, mirrored[:, ::-1], atol=1e-5)


def test_threads_find_what_one_finds():
    torch.manual_seed(0)
    finder = MaskFinder(MaskNet(**SMALL), threshold=0.49)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (96, 96, 3), np.uint8) for _ in range(6)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(finder, images))
    assert all(np.array_equal(finder(i), mask) for i, mask in zip(images, together, strict=True))


@pytest.fixture
def released(tmp_path):
    """Return a network of random weights and its release file."""
    torch.manual_seed(0)
    network = MaskNet(**SMALL).half().float().eval()
    path = tmp_path / "tiny.safetensors"
    info = ReleaseInfo("tiny", "mask", dict(type="MaskNet", **SMALL))
    write_release(path, network.state_dict(), info)
    return network, path


def test_a_release_file_gives_the_finder_of_its_network(released):
    network, path = released
    image = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    loaded = MaskFinder.from_pretrained(path, margin_px=0)
    expected = MaskFinder(network).find_probability(image)
    np.testing.assert_allclose(loaded.find_probability(image), expected, atol=1e-3)
    assert loaded.margin_px == 0


def test_the_released_network_is_loaded_once(released, monkeypatch):
    network, path = released
    monkeypatch.setattr(mask_finder, "RELEASE", str(path))
    image = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    first = mask_finder.find_mask(image)
    path.unlink()
    assert np.array_equal(mask_finder.find_mask(image), first)
    assert np.array_equal(MaskFinder(network)(image), first)


def test_a_release_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    info = ReleaseInfo("other", "face_prior", dict(type="CompactPrior"))
    write_release(path, {"a": torch.zeros(1)}, info)
    with pytest.raises(
        CheckpointError, match="holds a face_prior; expected a release of kind mask"
    ):
        MaskFinder.from_pretrained(path)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((128, 100, 3), np.uint8),
        np.zeros((128, 128), np.uint8),
        np.zeros((128, 128, 3), np.float32),
        np.zeros((0, 0, 3), np.uint8),
    ],
)
def test_what_is_no_face_is_refused(image):
    with pytest.raises(DataError, match="expected an aligned face"):
        MaskFinder(FindBlue())(image)


@pytest.mark.parametrize("options", [dict(threshold=1.0), dict(min_area=-0.1), dict(margin_px=-1)])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ConfigError, match="expected 0 < threshold < 1"):
        MaskFinder(FindBlue(), **options)
