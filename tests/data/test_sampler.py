from itertools import islice

import pytest

from fcsrlib.data import FaceSampler, SampleKey, sampler
from fcsrlib.errors import ConfigError, DataError

FACES = range(7)


@pytest.fixture
def deal(monkeypatch):
    def make(rank=0, world=1, **arguments):
        monkeypatch.setattr(sampler, "get_dist_info", lambda: (rank, world))
        return FaceSampler(FACES, **arguments)

    return make


def take(keys, count):
    return list(islice(keys, count))


def test_every_epoch_shows_every_face_once_in_another_order(deal):
    keys = take(deal(), 21)
    epochs = [[key.index for key in keys[start : start + 7]] for start in (0, 7, 14)]
    assert all(sorted(epoch) == list(FACES) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_no_draw_comes_twice_nor_meets_those_of_evaluation(deal):
    draws = [key.draw for key in take(deal(), 50)]
    assert len(set(draws)) == 50 and min(draws) >= 1 << 40


@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.parametrize("start", [0, 5, 11])
def test_the_ranks_share_one_sequence(deal, world, start):
    whole = take(deal(), 60)
    for rank in range(world):
        mine = take(deal(rank, world, start=start), 12)
        assert mine == whole[start + rank :: world][:12]


def test_starting_later_equals_skipping(deal):
    whole = take(deal(seed=3), 40)
    resumed = deal(seed=3)
    resumed.start = 17
    assert take(resumed, 23) == whole[17:]


def test_a_late_start_costs_nothing(deal):
    key = next(iter(deal(start=7 * 10**12 + 3)))
    assert key.index in FACES


def test_order_follows_the_seed(deal):
    assert take(deal(seed=1), 14) == take(deal(seed=1), 14)
    assert take(deal(seed=1), 14) != take(deal(seed=2), 14)
    assert take(deal(seed=None), 14) == take(deal(seed=0), 14)


def test_without_shuffling_faces_come_in_order(deal):
    assert [key.index for key in take(deal(shuffle=False), 9)] == [*FACES, 0, 1]


@pytest.mark.parametrize("world", [1, 2, 3, 8])
def test_evaluation_shares_partition_the_faces(deal, world):
    shares = [deal(rank, world, shuffle=False, endless=False) for rank in range(world)]
    keys = [key for share in shares for key in share]
    assert sorted(keys, key=lambda key: key.index) == [SampleKey(face, face) for face in FACES]
    assert all(len(list(share)) == len(share) for share in shares)


def test_the_length_of_endless_sampling_is_that_of_an_epoch(deal):
    assert len(deal()) == 7
    assert [len(deal(rank, 2)) for rank in (0, 1)] == [4, 3]


def test_bad_arguments_are_refused(deal):
    with pytest.raises(ConfigError, match="start is -1; expected at least 0"):
        deal(start=-1)
    with pytest.raises(DataError, match="the data set is empty"):
        FaceSampler([])
