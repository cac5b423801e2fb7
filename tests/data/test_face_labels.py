import json

import numpy as np
import pytest

from fcsrlib.data.face_labels import (
    CELEBAMASK_TO_HELEN,
    HELEN_CLASSES,
    make_label_table,
    merge_labels,
    order_sides,
    read_class_names,
)
from fcsrlib.data.landmarks import mirror_label_swaps
from fcsrlib.errors import DataError


def test_the_nineteen_classes_become_helens_by_their_names():
    to_helen = {name: HELEN_CLASSES[label] for name, label in CELEBAMASK_TO_HELEN.items()}
    assert len(to_helen) == 19
    assert (to_helen["l_brow"], to_helen["r_brow"]) == ("left brow", "right brow")
    assert (to_helen["l_eye"], to_helen["r_eye"]) == ("left eye", "right eye")
    assert (to_helen["u_lip"], to_helen["mouth"]) == ("upper lip", "inner mouth")
    assert to_helen["hair"] == "hair" and to_helen["l_ear"] == "face skin"
    assert to_helen["neck"] == to_helen["hat"] == "background"
    assert set(to_helen.values()) == set(HELEN_CLASSES)


def test_mirroring_and_merging_commute():
    names, values = list(CELEBAMASK_TO_HELEN), list(CELEBAMASK_TO_HELEN.values())
    of_11 = {**dict(mirror_label_swaps(11)), **{b: a for a, b in mirror_label_swaps(11)}}
    for one, other in mirror_label_swaps(19):
        assert names[one][1:] == names[other][1:]  # l_eye and r_eye
        assert of_11.get(values[one], values[one]) == values[other]


def test_values_that_are_no_class_are_named(tmp_path):
    table = make_label_table(list(CELEBAMASK_TO_HELEN.values()))
    merged = merge_labels(np.uint8([[17, 255, 9]]), table, tmp_path / "a.png")
    assert merged.tolist() == [[0, 255, 1]]
    with pytest.raises(DataError, match="a.png holds class 19; expected 0..18 or 255"):
        merge_labels(np.uint8([[19]]), table, tmp_path / "a.png")


def test_the_order_of_classes_can_be_another(tmp_path):
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(["hair", "r_eye"]))
    assert read_class_names(path) == [10, 5]
    path.write_text(json.dumps(["hair", "whiskers"]))
    with pytest.raises(DataError, match="whiskers.*expected a JSON list of CelebAMask-HQ's"):
        read_class_names(path)


@pytest.mark.parametrize(
    "row,expected",
    [
        ([5, 1, 4], [5, 1, 4]),  # the right eye on the image's left: as it should be
        ([4, 1, 5], [5, 1, 4]),
        ([3, 5, 6, 4, 2], [3, 5, 6, 4, 2]),
        ([3, 4, 6, 5, 2], [3, 5, 6, 4, 2]),  # only the eyes are exchanged
        ([4, 2, 6, 5], [5, 3, 6, 4]),  # a single brow follows the eyes
        ([2, 6], [2, 6]),
        ([255, 0, 10], [255, 0, 10]),
    ],
)
def test_left_and_right_are_the_persons_own(row, expected):
    assert order_sides(np.uint8([row])).tolist() == [expected]
