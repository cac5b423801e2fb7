"""Filling the hole at the input's own resolution."""

import numpy as np
import pytest

from fcsrlib.inference.detail import SEAM_PX, fill_hole


def make_case(side):
    rng = np.random.default_rng(side)
    square = rng.integers(0, 256, (side, side, 3), np.uint8)
    hole = np.zeros((side, side), bool)
    hole[side // 4 : side // 2, side // 3 : (3 * side) // 4] = True
    return square, hole, rng.integers(0, 256, (128, 128, 3), np.uint8)


@pytest.mark.parametrize("side", [128, 200, 700])
def test_visible_pixels_are_bit_identical(side):
    square, hole, restored = make_case(side)
    filled = fill_hole(square, hole, restored)
    assert np.array_equal(filled[~hole], square[~hole])
    assert not np.array_equal(filled[hole], square[hole])


@pytest.mark.parametrize("side", [128, 200])
def test_what_lies_under_the_hole_is_not_read(side):
    square, hole, restored = make_case(side)
    other = square.copy()
    other[hole] = 255 - other[hole]
    assert np.array_equal(fill_hole(square, hole, restored), fill_hole(other, hole, restored))


def test_deeper_than_the_seam_the_restored_face_stands_as_it_is():
    square, hole, restored = make_case(128)
    filled = fill_hole(square, hole, restored)
    deep = np.zeros_like(hole)
    inner = SEAM_PX + 1
    deep[32 + inner : 64 - inner, 42 + inner : 96 - inner] = True
    assert np.array_equal(filled[deep], restored[deep])


def test_a_difference_in_brightness_fades_without_an_edge():
    hole = np.zeros((128, 128), bool)
    hole[40:90, 40:90] = True
    square, restored = (np.full((128, 128, 3), level, np.uint8) for level in (120, 100))
    row = fill_hole(square, hole, restored)[64, 38:60, 0].astype(int)
    assert row[0] == 120 and row[-1] == 100
    assert np.abs(np.diff(row)).max() <= 20 / (SEAM_PX + 1) + 1
    assert (np.diff(row) <= 0).all()


def test_a_hole_at_the_border_is_filled():
    square, restored = (np.full((128, 128, 3), level, np.uint8) for level in (120, 100))
    hole = np.zeros((128, 128), bool)
    hole[:20] = True
    filled = fill_hole(square, hole, restored)
    assert (filled[0] == 100).all() and (filled[20:] == 120).all()
