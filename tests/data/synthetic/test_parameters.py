"""Drawing the parameters of faces."""

import numpy as np
import pytest

from fcsrlib.data.synthetic import FaceParameters, draw_faces
from fcsrlib.data.synthetic.beard import has_beard
from fcsrlib.data.synthetic.glasses import has_glasses
from fcsrlib.errors import DataError


def _values(parameters: FaceParameters) -> np.ndarray:
    person, shot = vars(parameters.person), vars(parameters.shot)
    return np.stack([*person.values(), *shot.values(), parameters.identity], axis=1)


def test_a_longer_set_begins_with_the_shorter_one() -> None:
    for num_identities in (None, 7):
        short = draw_faces(10, num_identities, seed=5)
        long = draw_faces(40, num_identities, seed=5)
        np.testing.assert_array_equal(_values(long)[:10], _values(short))
        np.testing.assert_array_equal(long.shot_keys[:10], short.shot_keys)


def test_another_seed_gives_other_faces() -> None:
    assert not np.isclose(_values(draw_faces(8, 8, 0)), _values(draw_faces(8, 8, 1)))[:, :-1].any()


def test_one_identity_keeps_its_person_and_changes_its_shot() -> None:
    faces = draw_faces(12, 3, seed=0)
    first, again = faces.take(np.array([0])), faces.take(np.array([3]))
    assert first.identity == again.identity == 0
    for name, values in vars(first.person).items():
        assert values == vars(again.person)[name]
    assert all(values != vars(again.shot)[name] for name, values in vars(first.shot).items())


def test_without_a_number_of_identities_each_person_is_shown_four_times() -> None:
    np.testing.assert_array_equal(draw_faces(10).identity, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])


def test_shares_of_glasses_and_beards_are_those_of_a_crowd() -> None:
    faces = draw_faces(4000, 4000, seed=0)
    assert 0.12 < has_glasses(faces).float().mean() < 0.22
    assert 0.1 < has_beard(faces).float().mean() < 0.25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 0), "num_faces is 0"),
        ((1, 0, 0), "num_identities is 0"),
        ((1, 1, -1), "seed is -1"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(DataError, match=message):
        draw_faces(*arguments)
