"""The network's input: shrunk as in training, and nothing of the cover in it."""

import numpy as np
import pytest
import torch

from fcsrlib.degradation import downsample
from fcsrlib.errors import DataError
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.lr_input import make_lr, prepare_face


def draw_noise(side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def test_without_a_hole_it_is_the_degradation_rounded_to_8_bits():
    square = draw_noise(128)
    lr_masked, hole_mask = make_lr(square, None, 16)
    hr = torch.from_numpy(square).permute(2, 0, 1)[None].float() / 255
    expected = (downsample(hr, 8)[0].clamp(0, 1) * 255).round() / 255
    assert torch.equal(lr_masked, expected)
    assert not hole_mask.any()


def test_a_face_of_the_networks_size_is_taken_bit_for_bit():
    square = draw_noise(16)
    lr_masked, _ = make_lr(square, None, 16)
    assert np.array_equal((lr_masked * 255).byte().permute(1, 2, 0).numpy(), square)


@pytest.mark.parametrize("side", [16, 50, 128, 1100])
def test_nothing_of_the_cover_reaches_a_visible_pixel(side):
    hole = np.zeros((side, side), bool)
    hole[side // 3 : side // 2, side // 4 : side // 2] = True
    one, other = draw_noise(side), draw_noise(side)
    one[hole], other[hole] = 0, 255
    (lr, hole_mask), (again, _) = make_lr(one, hole, 16), make_lr(other, hole, 16)
    assert torch.equal(lr, again)
    assert hole_mask.any()
    assert not (lr * hole_mask).any()


@pytest.mark.parametrize("side", [20, 64, 128, 1100])
def test_beside_a_hole_a_plain_face_stays_plain(side):
    square = np.full((side, side, 3), 200, np.uint8)
    hole = np.zeros((side, side), bool)
    hole[side // 3 : side // 2, side // 4 : side // 2] = True
    square[hole] = 0
    lr_masked, hole_mask = make_lr(square, hole, 16)
    visible = lr_masked[:, hole_mask[0] == 0] * 255
    assert torch.allclose(visible, torch.full_like(visible, 200), atol=1e-3)


def test_a_large_image_is_shrunk_like_a_small_one():
    rows, cols = np.mgrid[0:1600, 0:1600] / 1600
    square = (np.stack([rows, cols, (rows + cols) / 2], 2) * 255).astype(np.uint8)
    lr_masked, _ = make_lr(square, None, 32)
    hr = torch.from_numpy(square).permute(2, 0, 1)[None].float() / 255
    expected = torch.nn.functional.interpolate(hr, size=(32, 32), mode="area")[0]
    assert (lr_masked - expected).abs()[:, 2:-2, 2:-2].max() * 255 < 1


def test_of_an_oblong_image_the_central_square_is_taken_and_said():
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, 5:25] = 90
    face = prepare_face(read_any(pixels), None, 16)
    assert (face.square == 90).all() and face.square.shape == (20, 20, 3)
    assert face.notes == ("the central 20x20 of 30x20 was taken",)


def test_a_mask_without_a_hole_is_none():
    face = prepare_face(read_any(draw_noise(32)), np.zeros((32, 32)), 16)
    assert face.hole is None


def test_a_tiny_image_and_a_mask_over_all_small_pixels_are_refused():
    with pytest.raises(DataError, match="is 15x40; expected .* at least 16x16"):
        prepare_face(read_any(np.zeros((40, 15), np.uint8)), None, 16)
    dots = np.zeros((64, 64), bool)
    dots[::4, ::4] = True
    with pytest.raises(DataError, match="touches each of the 16x16 pixels"):
        prepare_face(read_any(draw_noise(64)), dots, 16)
