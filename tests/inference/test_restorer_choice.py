"""Which network restores an image."""

from types import SimpleNamespace

import pytest

from fcsrlib.errors import ConfigError
from fcsrlib.inference.restorer_choice import RestorerChoice, choose_scale


@pytest.fixture
def loaded():
    return []


@pytest.fixture
def load(loaded):
    def load(name):
        loaded.append(name)
        return SimpleNamespace(hr_side=128, lr_side=16 if "x8" in name else 32)

    return load


def test_up_to_24_px_are_enlarged_eight_times():
    assert [choose_scale(side) for side in (16, 24, 25, 500)] == [8, 8, 4, 4]


def test_each_network_is_loaded_once_and_only_when_needed(load, loaded):
    choice = RestorerChoice(load)
    assert choice.choose(16) is choice.choose(20)
    assert loaded == ["swift_x8"]
    assert choice.choose(64) is not choice.choose(16)
    assert loaded == ["swift_x8", "swift_x4"]


def test_a_scale_or_a_model_holds_for_all_sizes(load, loaded):
    assert RestorerChoice(load, scale=8).choose(500).lr_side == 16
    mine = RestorerChoice(load, model="mine_x8")
    assert mine.choose(16) is mine.choose(500)
    assert loaded == ["swift_x8", "mine_x8"]


def test_a_model_of_another_scale_is_refused_and_kept_as_the_failure(load):
    choice = RestorerChoice(load, model="mine_x8", scale=4)
    assert choice.failure is None
    with pytest.raises(ConfigError, match="mine_x8 enlarges x8, not x4") as caught:
        choice.choose(16)
    assert choice.failure is caught.value
