import numpy as np
import pytest

from fcsrlib.degradation import centred_quarter, grid_block, random_quarter, rectangle, strokes
from fcsrlib.errors import ConfigError

SIDES = [16, 32, 33, 128]


def is_rectangle(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask.sum() == np.ptp(rows) * np.ptp(columns) + np.ptp(rows) + np.ptp(columns) + 1


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("make", [rectangle, strokes, random_quarter])
def test_masks_are_binary_and_follow_the_generator(make, side):
    masks = [make(np.random.default_rng(seed), side) for seed in (0, 0, 1)]
    for mask in masks:
        assert mask.shape == (side, side) and mask.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 1}
    assert (masks[0] == masks[1]).all() and (masks[0] != masks[2]).any()


@pytest.mark.parametrize("side", [16, 32])
def test_rectangles_meet_their_area_up_to_rounding(rng, side):
    shares = []
    for _ in range(500):
        mask = rectangle(rng, side, (0.05, 0.25))
        assert is_rectangle(mask)
        shares.append(mask.mean())
    assert min(shares) > 0.05 - 0.5 / side and max(shares) < 0.25 + 0.5 / side
    assert min(shares) < 0.07 and max(shares) > 0.23


def test_rectangles_keep_to_the_aspect(rng):
    for _ in range(200):
        mask = rectangle(rng, 128, (0.1, 0.2), aspect=(2.0, 3.0))
        aspect = mask.any(1).sum() / mask.any(0).sum()
        assert 1.9 < aspect < 3.1


def test_a_rectangle_may_hide_everything(rng):
    assert rectangle(rng, 16, (1, 1)).all()
    assert rectangle(rng, 16, (0.9, 0.9), aspect=(4, 4)).mean() == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize("side", [16, 32, 128])
@pytest.mark.parametrize("area", [(0.01, 0.02), (0.05, 0.25), (0.7, 0.7)])
def test_strokes_meet_their_area_to_the_pixel(rng, side, area):
    for _ in range(20):
        count = strokes(rng, side, area).sum()
        assert max(round(area[0] * side**2), 1) <= count <= max(round(area[1] * side**2), 1)


def test_the_centred_quarter_of_128_is_rows_32_to_95():
    mask = centred_quarter(128)
    assert mask.sum() == 64 * 64 and mask[32:96, 32:96].all()
    assert centred_quarter(16).mean() == 0.25


def test_random_quarters_hide_a_quarter_everywhere(rng):
    masks = np.stack([random_quarter(rng, 16) for _ in range(400)])
    assert (masks.mean((1, 2)) == 0.25).all() and masks.any(0).all()


@pytest.mark.parametrize("side,rows,cols", [(32, 2, 2), (32, 3, 3), (16, 3, 2), (5, 5, 5)])
def test_the_blocks_of_a_grid_partition_the_image(side, rows, cols):
    blocks = [grid_block(side, rows, cols, index) for index in range(rows * cols)]
    assert (sum(block.astype(int) for block in blocks) == 1).all()
    areas = [int(block.any(1).sum()) for block in blocks]
    assert max(areas) - min(areas) <= 1


def test_blocks_are_counted_along_the_rows():
    assert grid_block(32, 2, 2, 1)[:16, 16:].all()
    assert grid_block(32, 2, 2, 2)[16:, :16].all()


@pytest.mark.parametrize("area", [(0, 0.1), (0.3, 0.2), (0.5, 1.1), (0.5,)])
@pytest.mark.parametrize("make", [rectangle, strokes])
def test_impossible_areas_are_refused(make, area, rng):
    with pytest.raises(ConfigError, match="0 < smallest <= largest <= 1"):
        make(rng, 16, area)


def test_less_than_a_pixel_is_refused(rng):
    with pytest.raises(ConfigError, match="less than one pixel of 16x16; expected at least 0.0039"):
        strokes(rng, 16, (0.001, 0.002))


def test_blocks_outside_the_grid_are_refused():
    with pytest.raises(ConfigError, match="Block 4 of a 2x2 grid; expected 0..3"):
        grid_block(32, 2, 2, 4)
    with pytest.raises(ConfigError, match="The grid is 0x2"):
        grid_block(32, 0, 2, 0)
