"""Fig. 7: six kinds of holes, drawn from the seed, over landmarks where there are any."""

import json

import numpy as np
import pytest

from fcsrlib.degradation.facial_holes import facial_part
from fcsrlib.errors import DataError
from fcsrlib.evaluation import evaluate
from fcsrlib.evaluation.conditions import make_mask
from fcsrlib.evaluation.protocols import PROTOCOLS

KINDS = ["centre", "square", "rectangle", "strokes", "eyes", "mouth"]


def make_sample(landmarks):
    return {"hr_target": np.zeros((128, 128, 3), np.uint8), "landmarks": landmarks}


UNKNOWN = make_sample(np.full((81, 2), np.nan, np.float32))


def test_every_kind_can_be_drawn_at_16_px_without_landmarks_and_hides_part_of_the_face():
    conditions = PROTOCOLS["fig7"].conditions
    assert [condition.name for condition in conditions] == KINDS
    for condition in conditions:
        shares = [make_mask(condition, 16, 128, UNKNOWN, 0, index).mean() for index in range(20)]
        assert 0.03 < min(shares) and max(shares) < 0.3


def test_a_facial_part_lies_over_its_landmarks_and_else_over_its_mean_place():
    mouth = PROTOCOLS["fig7"].conditions[5]
    points = np.full((81, 2), 20, np.float32)
    rows, cols = np.nonzero(make_mask(mouth, 16, 128, make_sample(points), 0, 3))
    assert rows.mean() == pytest.approx(2.1, abs=0.5) and cols.mean() == pytest.approx(2.1, abs=0.5)
    rng = np.random.default_rng([0, 3])
    rng.random()  # DrawHole's choice among one kind
    expected = facial_part(rng, 16, UNKNOWN["landmarks"], ("mouth",))
    assert np.array_equal(make_mask(mouth, 16, 128, UNKNOWN, 0, 3), expected)


def test_six_kinds_are_measured_and_their_holes_stored(make_pair, tmp_path):
    results = evaluate("fig7", [make_pair(), make_pair("other", seed=1)], out=tmp_path / "out")
    assert [row["condition"] for row in results["figures"] if row["method"] == "other"] == KINDS
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    with np.load(tmp_path / "out" / "holes.npz", allow_pickle=False) as file:
        for name in KINDS[1:]:
            shares = np.unpackbits(file[f"{name}/hole_8px"], axis=1).mean(1)
            row = next(row for row in results["figures"] if row["condition"] == name)
            assert shares.mean() == pytest.approx(row["hidden_share"])
        assert "centre/hole_8px" not in file  # the same for all faces, and stated in the results


def test_the_page_says_where_landmarks_were_wanting(make_pair, tmp_path, toy_run, monkeypatch):
    read = toy_run.TinyFaces.read

    def forget(source, index):
        sample = read(source, index)
        return {**sample, "landmarks": sample["landmarks"] * (np.nan if index < 2 else 1)}

    monkeypatch.setattr(toy_run.TinyFaces, "read", forget)
    results = evaluate("fig7", [make_pair()], out=tmp_path / "out")
    wanting = {row["name"]: row.get("without_landmarks") for row in results["conditions"]}
    assert wanting == {**dict.fromkeys(KINDS), "eyes": 2, "mouth": 2}
    assert "mouth: 2 faces have no landmarks" in (tmp_path / "out" / "table.md").read_text()


def test_landmarks_of_another_scheme_are_refused_and_nothing_written(
    make_pair, tmp_path, toy_run, monkeypatch
):
    read = toy_run.TinyFaces.read
    monkeypatch.setattr(
        toy_run.TinyFaces,
        "read",
        lambda source, index: {**read(source, index), "landmarks": np.zeros((5, 2), np.float32)},
    )
    with pytest.raises(DataError, match=r"landmarks is \(5, 2\); expected"):
        evaluate("fig7", [make_pair()], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
