import numpy as np
import pytest

from fcsrlib.errors import ContractError
from fcsrlib.evaluation.identification.ranking import (
    accuracy_over_people,
    accuracy_over_probes,
    find_matches,
    rank_probes,
)

GALLERY = np.array([[1.0, 0], [0, 1], [-1, 0]])
WHO = np.array([20, 10, 30])


def turn(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def test_ranks_of_probes_placed_by_hand():
    # At 30 degrees the gallery's order is 0, 90, 180 degrees: persons 20, 10, 30.
    ranks = rank_probes(GALLERY, WHO, turn(30, 30, 30, 100), np.array([20, 10, 30, 30]))
    assert ranks.tolist() == [1, 2, 3, 2]


def test_ranks_agree_with_a_sorted_list_of_distances():
    rng = np.random.default_rng(0)
    gallery, probes = (rng.normal(size=(n, 8)) for n in (12, 40))
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    people, probed = rng.permutation(12) * 3, rng.integers(0, 12, 40) * 3
    ranks = rank_probes(gallery, people, probes, probed)
    for probe, person, rank in zip(probes, probed, ranks, strict=True):
        distances = [float(np.linalg.norm(probe - one)) for one in gallery]
        order = sorted(range(12), key=distances.__getitem__)
        assert people[order[rank - 1]] == person
        assert find_matches(gallery, probe, 3).tolist() == order[:3]


def test_one_vector_for_every_face_identifies_nobody():
    same = np.tile([[1.0, 0]], (3, 1))
    assert rank_probes(same, WHO, same, WHO).tolist() == [3, 3, 3]


def test_vectors_that_are_no_numbers_are_refused():
    with pytest.raises(ContractError, match="gave NaN or infinity"):
        rank_probes(GALLERY, WHO, np.full((1, 2), np.nan), np.array([10]))


def test_accuracies_worked_by_hand():
    ranks, people = np.array([1, 1, 1, 3, 2, 9]), np.array([4, 4, 4, 4, 8, 8])
    assert accuracy_over_probes(ranks) == pytest.approx([3 / 6, 4 / 6, 5 / 6, 5 / 6, 5 / 6])
    assert accuracy_over_people(ranks, people) == pytest.approx(
        [(3 / 4 + 0) / 2, (3 / 4 + 1 / 2) / 2, (1 + 1 / 2) / 2, 0.75, 0.75]
    )
