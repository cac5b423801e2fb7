"""Sec. 4.3.5: two data sets side by side, and their difference."""

import cv2
import numpy as np
import pytest
from mmengine.config import ConfigDict

from fcsrlib.data import FaceFolder
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation import evaluate


@pytest.fixture
def other_root(tmp_path, monkeypatch):
    """Return a folder of four faces; the toys' side is 32, the readers' 144."""
    monkeypatch.setattr(FaceFolder.__init__, "__defaults__", ("test", None, (0, 0, 1)))
    folder = tmp_path / "other"
    folder.mkdir()
    for index in range(4):
        picture = np.random.default_rng(index).integers(0, 255, (144, 144, 3), np.uint8)
        cv2.imwrite(str(folder / f"{index}.png"), picture)
    return folder


def run(make_pair, out, other_root, **options):
    config, path = make_pair()
    crop = ConfigDict(type="CentreCrop", side=32)
    config.test_dataloader.dataset.pipeline.insert(0, crop)
    return evaluate(
        "cross", [(config, path)], out=out, options={"cross_root": other_root}, **options
    )


def test_each_data_set_is_measured_by_itself_and_subtracted(make_pair, tmp_path, other_root):
    results = run(make_pair, tmp_path / "out", other_root, batch_size=3)
    rows = {row["condition"]: row for row in results["figures"] if row["method"] == "toy"}
    assert (rows["own"]["count"], rows["other"]["count"]) == (5, 4)
    difference = next(row for row in results["differences"] if row["method"] == "toy")
    assert difference["psnr"] == pytest.approx(rows["other"]["psnr"] - rows["own"]["psnr"])
    assert rows["own"]["psnr"] != rows["other"]["psnr"]
    assert str(other_root) in results["conditions"][1]["data"]
    page = (tmp_path / "out" / "table.md").read_text()
    assert "| the paper | Helen | 21.72 | 0.628 |" in page and "| toy | difference |" in page
    alone = evaluate("table6", [make_pair()], out=tmp_path / "alone")
    (same,) = (row for row in alone["figures"] if row["method"] == "toy")
    assert {**same, "condition": "own"} == rows["own"]


def test_both_folders_are_told_apart_and_the_same_bytes_come_out(make_pair, tmp_path, other_root):
    for name in ("one", "two"):
        run(make_pair, tmp_path / name, other_root, batch_size=2)
    one, two = ((tmp_path / name / "results.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_without_a_second_data_set_nothing_is_written(make_pair, tmp_path):
    with pytest.raises(ConfigError, match="cross needs a second data set; give --cross-root"):
        evaluate("cross", [make_pair()], out=tmp_path / "out")
    options = {"cross_root": tmp_path / "absent"}
    with pytest.raises(DataError, match="--cross-root .*absent is no folder"):
        evaluate("cross", [make_pair()], out=tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()
