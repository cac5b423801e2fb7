"""What covers a face, at low resolution."""

import numpy as np
import pytest

from fcsrlib.degradation import shrink_cover, touch_cover


def shrink_slowly(cover, side):
    """Ask of each small pixel, by exact fractions, which large ones it overlaps."""
    rows, cols = cover.shape
    hole = np.zeros((side, side), np.uint8)
    for row, col in np.argwhere(cover):
        for i in range(side):
            for j in range(side):
                overlaps_row = i * rows < (row + 1) * side and (i + 1) * rows > row * side
                overlaps_col = j * cols < (col + 1) * side and (j + 1) * cols > col * side
                hole[i, j] |= overlaps_row and overlaps_col
    return hole


@pytest.mark.parametrize("large", [16, 20, 31, 64, 5])
def test_a_small_pixel_is_hidden_if_any_part_of_it_is_covered(large):
    cover = (np.random.default_rng(large).random((large, large)) < 0.02).astype(np.uint8)
    cover[large // 2, large // 3] = 1
    assert np.array_equal(shrink_cover(cover, 16), shrink_slowly(cover, 16))


def test_a_bool_mask_of_the_same_size_is_returned_as_numbers():
    cover = np.eye(16, dtype=bool)
    hole = shrink_cover(cover, 16)
    assert hole.dtype == np.uint8
    assert np.array_equal(hole, cover)


def test_a_mask_that_is_enlarged_covers_the_same_place():
    cover = np.array([[1, 0], [0, 0]])
    hole = touch_cover(cover, 4, 6)
    assert hole.sum() == 6 and hole[:2, :3].all()
