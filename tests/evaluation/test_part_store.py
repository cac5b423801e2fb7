import numpy as np
import pytest

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.part_store import FOLDER, Part, PartStore


def make_part(first=0):
    return Part(
        "block-1",
        np.arange(first, first + 2),
        np.array([[1.5, np.nan], [1 / 3, 2.0]]),
        np.arange(32, dtype=np.uint8).reshape(2, 16),
        {f"{first}_0": np.ones((2, 2, 3), np.uint8)},
    )


def test_a_part_comes_back_to_the_last_bit(tmp_path):
    PartStore(tmp_path, {"seed": 0}).add(make_part())
    (part,) = PartStore(tmp_path, {"seed": 0}).read()
    assert part.condition == "block-1"
    assert np.array_equal(part.scores, make_part().scores, equal_nan=True)
    assert np.array_equal(part.indices, [0, 1])
    assert np.array_equal(part.hole_digests, make_part().hole_digests)
    assert np.array_equal(part.pictures["0_0"], np.ones((2, 2, 3)))


def test_damaged_parts_are_left_out(tmp_path):
    store = PartStore(tmp_path, {})
    store.add(make_part())
    store.add(make_part(2))
    path = tmp_path / FOLDER / "block-1_00000002.npz"
    path.write_bytes(path.read_bytes()[:300])
    assert [part.indices[0] for part in store.read()] == [0]


def test_parts_of_other_inputs_are_refused_and_kept(tmp_path):
    PartStore(tmp_path, {"seed": 0, "crop": 0}).add(make_part())
    with pytest.raises(ConfigError, match="with another seed; delete that folder, or give another"):
        list(PartStore(tmp_path, {"seed": 1, "crop": 0}).read())
    assert len(list(PartStore(tmp_path, {"seed": 0, "crop": 0}).read())) == 1


def test_nothing_is_left_after_removal_and_nothing_made_without_parts(tmp_path):
    store = PartStore(tmp_path / "out", {})
    assert list(store.read()) == []
    store.remove()
    assert not (tmp_path / "out").exists()
    store.add(make_part())
    (store.folder / ".block-1_00000000.npz.part").write_bytes(b"half")
    store.remove()
    assert list((tmp_path / "out").iterdir()) == []
