import numpy as np
import pytest

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.conditions import Condition, centred_square, make_grid, make_mask
from fcsrlib.evaluation.protocols import PROTOCOLS, find_protocol

QUARTER = Condition("quarter", "a quarter", {"kind": "random_quarter"})


def make(condition, side, index=0, seed=0):
    return make_mask(condition, side, 128, {}, seed, index)


def test_the_four_blocks_are_the_quadrants_in_reading_order():
    masks = [make(condition, 16) for condition in PROTOCOLS["table3"].conditions]
    corners = [(mask[0, 0], mask[0, -1], mask[-1, 0], mask[-1, -1]) for mask in masks]
    assert np.array_equal(corners, np.eye(4))
    assert all(mask.sum() == 64 for mask in masks)


@pytest.mark.parametrize(("side", "sides"), [(16, {5, 6}), (32, {10, 11})])
def test_nine_blocks_share_a_side_that_three_does_not_divide_as_evenly_as_possible(side, sides):
    masks = [make(condition, side) for condition in make_grid(3, 3)]
    assert np.array_equal(sum(masks), np.ones((side, side)))
    assert {mask.any(axis).sum() for mask in masks for axis in (0, 1)} == sides


def test_the_growing_hole_stays_in_the_centre():
    masks = [make(condition, 16) for condition in PROTOCOLS["fig9"].conditions]
    assert [int(mask.sum()) for mask in masks] == [4, 16, 36, 64, 100, 144]
    assert all(np.array_equal(mask, mask[::-1, ::-1]) for mask in masks)
    assert all((small <= large).all() for small, large in zip(masks, masks[1:], strict=False))


def test_a_drawn_hole_hides_the_same_place_at_every_scale():
    small, large, full = (make(QUARTER, side, index=3) for side in (16, 32, 128))
    assert np.array_equal(large, small.repeat(2, 0).repeat(2, 1))
    assert np.array_equal(full, small.repeat(8, 0).repeat(8, 1))
    assert small.sum() == 64


def test_a_drawn_hole_follows_from_the_seed_and_the_face():
    assert np.array_equal(make(QUARTER, 16, 3), make(QUARTER, 16, 3))
    assert not np.array_equal(make(QUARTER, 16, 3), make(QUARTER, 16, 4))
    assert not np.array_equal(make(QUARTER, 16, 3), make(QUARTER, 16, 3, seed=1))


def test_sides_that_cannot_have_the_hole_are_refused():
    with pytest.raises(ConfigError, match="side is 2 px; a 3x3 grid needs at least 3 px"):
        make(make_grid(3, 3)[0], 2)
    with pytest.raises(ConfigError, match="side is 12 px; expected a multiple of 8 px"):
        centred_square(12, 1)


def test_names_of_protocols_and_conditions_are_unique():
    for name, protocol in PROTOCOLS.items():
        assert protocol.name == name
        names = [condition.name for condition in getattr(protocol, "conditions", ())]
        assert len(set(names)) == len(names)


def test_an_unknown_protocol_is_answered_with_close_ones():
    with pytest.raises(ConfigError, match="no protocol 'tabel4'.*did you mean table4"):
        find_protocol("tabel4")
    with pytest.raises(
        ConfigError, match="no protocol 'x'.*table3, table4, fig7, fig9, table5, table6"
    ):
        find_protocol("x")
