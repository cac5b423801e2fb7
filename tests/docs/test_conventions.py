"""docs/conventions.md: fields, errors, exit codes, landmarks and labels are the code's."""

import re
from pathlib import Path

import numpy as np
import pytest

from fcsrlib import errors
from fcsrlib.cli import errors as cli
from fcsrlib.data import FaceDataset, FacePreprocessor, SyntheticFaces, landmarks, pack_faces
from fcsrlib.data.annotations import NUM_HELEN_LABELS
from fcsrlib.degradation import DrawHole, DrawOccluder

PAGE = Path(__file__).parents[2].joinpath("docs", "conventions.md").read_text(encoding="utf-8")


def read_table(title):
    """Return the rows of the first table below the heading ``title``, without its header."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.fixture(scope="module")
def sample():
    return FaceDataset(SyntheticFaces(num_faces=1, side=32), [DrawHole(side=16), DrawOccluder()])[0]


def test_the_fields_of_samples_and_batches_are_all_named(sample):
    rows = {row[0].strip("`"): row[1:] for row in read_table("Fields of a sample and of a batch")}
    batch = FacePreprocessor(scale=2, heatmap_side=16)(pack_faces([sample]))
    assert {name for name, (cell, _) in rows.items() if cell} == {*sample, "skipped"}
    in_batch = {name for name, (_, cell) in rows.items() if not cell.startswith("becomes")}
    assert in_batch == set(batch)


def test_every_error_is_named():
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.FCSRError)
    }
    section = PAGE.split("## Errors and exit codes")[1]
    assert set(re.findall(r"^\| `(\w+Error)` \|", section, re.M)) == defined


def test_the_exit_codes_are_those_of_the_tools():
    codes = re.findall(r"^\| (\d+) \| [A-Za-z]", PAGE, re.M)
    expected = [
        0,
        cli.EXIT_UNEXPECTED,
        cli.EXIT_ERROR,
        cli.EXIT_SOME_FAILED,
        cli.EXIT_INTERRUPTED,
    ]
    assert [int(code) for code in codes] == expected


def test_landmark_ranges_are_those_of_the_scheme():
    rows = {part: points for points, part in read_table("Landmarks")}
    assert rows["right brow, left brow"] == "17..21, 22..26"
    spans = re.findall(r"(\d+)\.\.(\d+)", " ".join(rows.values()))
    assert [int(first) for first, _ in spans] == [0, *(int(last) + 1 for _, last in spans[:-1])]
    assert int(spans[-1][1]) + 1 == len(landmarks.MIRROR_81)
    for part, (first, last) in {
        "RIGHT_BROW": spans[1],
        "LEFT_BROW": spans[2],
        "RIGHT_EYE": spans[5],
        "LEFT_EYE": spans[6],
    }.items():
        assert getattr(landmarks, part) == range(int(first), int(last) + 1)


def test_there_are_eleven_labels_and_mirroring_exchanges_left_and_right():
    (names,) = read_table("Labels")
    assert len(names) == NUM_HELEN_LABELS
    for one, other in landmarks.mirror_label_swaps(NUM_HELEN_LABELS):
        assert {names[one].split()[0], names[other].split()[0]} == {"left", "right"}
        assert names[one].split()[1] == names[other].split()[1]


def test_synthetic_faces_have_the_persons_left_eye_on_the_right(sample):
    points = sample["landmarks"]
    assert np.mean(points[landmarks.LEFT_EYE, 0]) > np.mean(points[landmarks.RIGHT_EYE, 0])
    left_eye = np.argwhere(sample["parsing"] == 4)
    right_eye = np.argwhere(sample["parsing"] == 5)
    assert left_eye[:, 1].mean() > right_eye[:, 1].mean()
