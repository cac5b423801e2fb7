import numpy as np
import pytest
import torch
from mmengine.registry import FUNCTIONS

from fcsrlib.data import pack_faces
from fcsrlib.errors import DataError


@pytest.fixture
def holed(face):
    return {**face, "hole_mask": np.eye(16, dtype=np.uint8)}


def test_fields_are_stacked_channels_first(holed):
    batch = pack_faces([holed, {**holed, "name": "other.png", "identity": 9}])
    assert batch["name"] == ["face.png", "other.png"] and batch["skipped"] == []
    assert batch["hr_target"].shape == (2, 3, 144, 144) and batch["hr_target"].dtype == torch.uint8
    assert (batch["hr_target"][1, 2].numpy() == holed["hr_target"][..., 2]).all()
    assert batch["hole_mask"].shape == (2, 1, 16, 16) and batch["hole_mask"].dtype == torch.uint8
    assert batch["parsing"].shape == (2, 144, 144)
    assert batch["landmarks"].shape == (2, 81, 2) and batch["landmarks"].dtype == torch.float32
    assert batch["identity"].tolist() == [3, 9]


def test_configs_find_it_by_name():
    assert FUNCTIONS.get("pack_faces") is pack_faces


def test_skipped_files_are_gathered_and_markers_dropped(holed):
    batch = pack_faces([{"skipped": ["a"]}, {**holed, "skipped": ["b", "c"]}, holed])
    assert batch["name"] == ["face.png"] * 2
    assert batch["skipped"] == ["a", "b", "c"]
    assert len(batch["hr_target"]) == 2


def test_a_batch_of_markers_only_has_no_tensors():
    assert pack_faces([{"skipped": ["a"]}]) == {"name": [], "skipped": ["a"]}


def test_differing_faces_are_refused(holed):
    smaller = {**holed, "hr_target": holed["hr_target"][:128, :128]}
    with pytest.raises(DataError, match="'hr_target' differs within a batch"):
        pack_faces([holed, smaller])
    with pytest.raises(DataError, match="'landmarks' differs within a batch"):
        pack_faces([holed, {**holed, "landmarks": np.zeros((68, 2), np.float32)}])
