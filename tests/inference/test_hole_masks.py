"""Masks as people give them."""

import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.hole_masks import fit_hole, read_hole

HOLE = np.zeros((6, 8), bool)
HOLE[1:3, 2:5] = True


@pytest.mark.parametrize(
    "mask",
    [
        HOLE,
        HOLE.astype(np.uint8),
        HOLE.astype(np.int64),
        HOLE.astype(np.uint8) * 255,
        HOLE.astype(np.int64) * 255,
        HOLE.astype(np.uint16) * 65535,
        HOLE.astype(np.float32),
        HOLE[:, :, None],
        torch.from_numpy(HOLE),
        torch.from_numpy(HOLE)[None].float(),
        Image.fromarray(HOLE),
        Image.fromarray(HOLE.astype(np.uint8) * 255).convert("RGB"),
        HOLE.tolist(),
    ],
)
def test_every_usual_kind_means_the_same(mask):
    hole = read_hole(mask)
    assert hole.dtype == bool
    assert np.array_equal(hole, HOLE)


def test_files_are_read_with_white_as_missing_and_transparent_as_visible(tmp_path):
    clear = np.full((6, 8, 4), 255, np.uint8)
    clear[:, :, 3] = HOLE * 255
    for name, pixels in (("one.png", HOLE.astype(np.uint8)), ("clear.png", clear)):
        Image.fromarray(pixels).save(tmp_path / name)
        assert np.array_equal(read_hole(tmp_path / name), HOLE)


@pytest.mark.parametrize(
    "mask, message",
    [
        (np.zeros((4, 4, 3), np.uint8), "expected one channel"),
        (np.full((4, 4), 300), "from 300 to 300; expected 0 and 1"),
        (np.full((4, 4), -1), "from -1 to -1; expected 0 and 1"),
        (np.full((4, 4), 2.0), r"floats from 2 to 2; expected \[0, 1\]"),
    ],
)
def test_masks_of_another_kind_are_refused(mask, message):
    with pytest.raises(DataError, match=message):
        read_hole(mask)
    with pytest.raises(ConfigError):
        read_hole(None)


def test_a_mask_like_its_image_is_cut_to_the_central_square():
    assert np.array_equal(fit_hole(HOLE, 6, 8), HOLE[:, 1:7])


def test_a_mask_of_half_the_size_is_enlarged_over_the_same_place():
    fitted = fit_hole(HOLE, 12, 16)
    assert np.array_equal(fitted, HOLE[:, 1:7].repeat(2, 0).repeat(2, 1))


def test_a_larger_mask_hides_every_pixel_that_it_touches():
    large = np.zeros((12, 16), bool)
    large[3, 5] = True
    assert np.argwhere(fit_hole(large, 6, 8)).tolist() == [[1, 1]]


def test_a_square_mask_lies_over_the_central_square():
    square = np.eye(3, dtype=bool)
    assert np.array_equal(fit_hole(square, 6, 8), square.repeat(2, 0).repeat(2, 1))


def test_a_mask_of_other_proportions_is_refused():
    with pytest.raises(DataError, match="the hole mask is 8x6 and its image 100x50"):
        fit_hole(HOLE, 50, 100)


def test_a_mask_that_hides_everything_is_refused():
    with pytest.raises(DataError, match="hides the whole face"):
        fit_hole(np.ones((6, 6), bool), 6, 6)
