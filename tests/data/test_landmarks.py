import pytest

from fcsrlib.data.landmarks import MIRROR_68, MIRROR_81, mirror_label_swaps, mirror_permutation
from fcsrlib.errors import ConfigError


@pytest.mark.parametrize("permutation", [MIRROR_81, MIRROR_68])
def test_mirroring_is_its_own_inverse(permutation):
    assert sorted(permutation) == list(range(len(permutation)))
    assert [permutation[other] for other in permutation] == list(range(len(permutation)))


@pytest.mark.parametrize(
    "point,other",
    [(0, 16), (8, 8), (17, 26), (21, 22), (30, 30), (31, 35), (36, 45), (39, 42), (41, 46)]
    + [(40, 47), (48, 54), (51, 51), (57, 57), (55, 59), (60, 64), (65, 67), (68, 80), (74, 74)],
)
def test_known_pairs_change_places(point, other):
    assert MIRROR_81[point] == other and MIRROR_81[other] == point


def test_the_first_68_points_mirror_alike_in_both_schemes():
    assert MIRROR_81[:68] == MIRROR_68
    assert mirror_permutation(81) == MIRROR_81 and mirror_permutation(68) == MIRROR_68


def test_label_swaps_are_known_for_11_and_19_classes():
    assert mirror_label_swaps(11) == ((2, 3), (4, 5))
    assert mirror_label_swaps(19) == ((4, 5), (6, 7), (8, 9))


def test_unknown_schemes_are_refused():
    with pytest.raises(ConfigError, match="for 5 landmarks; expected 81 or 68"):
        mirror_permutation(5)
    with pytest.raises(ConfigError, match="for 12 label classes; expected 11 or 19"):
        mirror_label_swaps(12)
