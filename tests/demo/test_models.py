"""Which networks the page offers and loads."""

import pytest

from fcsrlib.demo.models import AUTOMATIC, Models
from fcsrlib.errors import CheckpointError, ConfigError


def list_names(models):
    return [offer.name for offer in models.offers]


def test_the_choice_by_scale_comes_first_and_other_kinds_are_left_out(models):
    assert list_names(models) == [AUTOMATIC, "swift_x4", "swift_x8"]
    assert [offer.scale for offer in models.offers] == [None, 4, 8]


def test_with_one_of_both_there_is_no_choice_by_scale(use_table, load):
    use_table(swift_x4="generator", other_x8="generator")
    assert list_names(Models(load)) == ["other_x8", "swift_x4"]


def test_a_given_model_comes_first_with_the_scale_it_has(models, load, loaded):
    given = Models(load, "folder/mine_x8")
    assert list_names(given) == ["folder/mine_x8", AUTOMATIC, "swift_x4", "swift_x8"]
    assert (given.offers[0].label, given.offers[0].scale) == ("mine_x8 (x8)", 8)
    assert given.choose().choose(100).lr_side == 16
    assert loaded == ["folder/mine_x8"]  # at once, so that its faults show, and once


def test_a_released_model_that_is_given_stands_in_the_list_once(models, load):
    assert list_names(Models(load, "swift_x8")) == ["swift_x8", AUTOMATIC, "swift_x4"]


@pytest.mark.parametrize(
    "name, scale, side_px, expected",
    [
        (None, None, 24, "swift_x8"),
        (AUTOMATIC, None, 25, "swift_x4"),
        (AUTOMATIC, 8, 100, "swift_x8"),
        ("swift_x4", None, 16, "swift_x4"),
        ("swift_x4", 4, 16, "swift_x4"),
    ],
)
def test_name_scale_and_size_decide(models, loaded, name, scale, side_px, expected):
    restorer = models.choose(name, scale).choose(side_px)
    assert loaded == [expected]
    assert models.choose(name, scale).choose(side_px) is restorer
    assert loaded == [expected]


def test_without_any_network_it_says_what_to_do(use_table, load):
    use_table(prior="face_prior")
    assert Models(load).offers == []
    with pytest.raises(CheckpointError, match="no model is released yet; .* fcsr demo --model"):
        Models(load).choose()


def test_a_model_of_another_scale_is_refused_in_the_pages_words(models):
    with pytest.raises(ConfigError, match="swift_x4 enlarges x4, not x8; choose the scale 'auto"):
        models.choose("swift_x4", 8)


def test_files_that_are_not_offered_are_refused(models, loaded):
    with pytest.raises(ConfigError, match="no model '/etc/x4' on this page"):
        models.choose("/etc/x4")
    assert not loaded
