"""The face source of synthetic faces."""

import pickle

import numpy as np
import pytest

from fcsrlib.data.synthetic import SyntheticFaces
from fcsrlib.errors import DataError
from fcsrlib.registry import DATASETS


def test_a_sample_carries_every_truth() -> None:
    sample = SyntheticFaces(num_faces=3, side=48).read(2)
    assert sample["name"] == "synthetic_train_000002"
    assert sample["hr_target"].shape == (48, 48, 3)
    assert sample["landmarks"].shape == (81, 2)
    assert sample["parsing"].shape == (48, 48)
    assert sample["identity"] == 0


def test_a_sample_may_be_changed_without_changing_the_source() -> None:
    source = SyntheticFaces(num_faces=2, side=32)
    first = source.read(0)["hr_target"]
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(source.read(0)["hr_target"], kept)


def test_reading_order_does_not_matter_and_pickling_keeps_the_faces() -> None:
    source = SyntheticFaces(num_faces=70, side=32)
    last = source.read(69)
    copy = pickle.loads(pickle.dumps(SyntheticFaces(num_faces=70, side=32)))
    copy.read(0)
    np.testing.assert_array_equal(copy.read(69)["hr_target"], last["hr_target"])


def test_splits_share_neither_people_nor_faces() -> None:
    splits = [SyntheticFaces(40, 10, split=split, side=32) for split in ("train", "val", "test")]
    people = [set(source.identities.tolist()) for source in splits]
    assert all(len(group) == 10 for group in people)
    assert len(set.union(*people)) == 30
    hues = np.concatenate([np.unique(s.parameters.person.iris_hue) for s in splits])
    assert len(np.unique(hues)) == 30


def test_it_is_built_from_a_config_by_name() -> None:
    source = DATASETS.build({"type": "SyntheticFaces", "num_faces": 5, "side": 32})
    assert len(source) == 5
    assert (source.num_landmarks, source.num_classes) == (81, 11)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "dev"}, "split is 'dev'; expected one of train, val, test"),
        ({"side": 4}, "side is 4"),
        ({"num_faces": 0}, "num_faces is 0"),
        ({"num_identities": 0}, "num_identities is 0"),
        ({"seed": -2}, "seed is -2"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        SyntheticFaces(**arguments)


def test_an_index_outside_the_set_is_refused() -> None:
    with pytest.raises(DataError, match="face 3 was asked for; this source has 0 to 2"):
        SyntheticFaces(num_faces=3).read(3)
