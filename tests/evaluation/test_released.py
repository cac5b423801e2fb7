"""Released networks side by side, and taking part by name."""

import hashlib
import json

import numpy as np
import pytest

from fcsrlib.evaluation import evaluate
from fcsrlib.inference import weights
from fcsrlib.inference.releases import table as release_table
from fcsrlib.inference.releases.info import ReleaseInfo
from fcsrlib.inference.releases.release_file import write_release
from fcsrlib.models.weights import read_checkpoint, select_state


@pytest.fixture
def released(make_pair, tmp_path, monkeypatch):
    """Return a config and its checkpoint, which is released under the name ``toy_x4``."""
    config, checkpoint = make_pair()
    path = tmp_path / "library" / "toy_x4.safetensors"
    parts = {"order": "fc_first", **config.model.generator.to_dict(), "scale": 4, "hr_side": 32}
    state = select_state(read_checkpoint(checkpoint), "generator.")
    write_release(path, state, ReleaseInfo("toy_x4", "generator", parts))
    content = path.read_bytes()
    row = dict(file=path.name, kind="generator", scale=4, size=len(content), url=None)
    row["sha256"] = hashlib.sha256(content).hexdigest()
    (path.parent / "releases.json").write_text(json.dumps({"toy_x4": row}))
    monkeypatch.setattr(release_table, "TABLE", path.parent / "releases.json")
    monkeypatch.setattr(weights, "RELEASED", path.parent)
    return config, checkpoint


def find(results, method, condition):
    rows = results["figures"]
    return next(row for row in rows if (row["method"], row["condition"]) == (method, condition))


def test_a_quarter_and_nothing_are_hidden_a_table_each(released, tmp_path):
    results = evaluate("released", [released], out=tmp_path / "out")
    for method in ("toy", "Telea, bicubic x4", "bicubic x4"):
        assert find(results, method, "quarter")["hidden_share"] == 0.25
        row = find(results, method, "nothing")
        assert row["hidden_share"] == 0 and row["hole_psnr"] is None and row["psnr"] > 0
    telea, bicubic = (find(results, f"{one}bicubic x4", "nothing") for one in ("Telea, ", ""))
    assert telea["psnr"] == bicubic["psnr"]
    page = (tmp_path / "out" / "table.md").read_text()
    quarter, nothing = page.split("## Nothing hidden")
    assert "PSNR in the hole (dB)" in quarter and "PSNR in the hole (dB)" not in nothing
    assert quarter.count("bicubic x4 |") == nothing.count("bicubic x4 |") == 2


def test_a_release_takes_part_by_its_name(released, tmp_path, monkeypatch):
    config, checkpoint = released
    monkeypatch.chdir(tmp_path)
    by_name = evaluate("released", [(config.copy(), "toy_x4")])
    assert (tmp_path / "toy_x4.released" / "sheet.png").is_file()
    by_path = evaluate("released", [(config, checkpoint)], out=tmp_path / "out")
    for condition in ("quarter", "nothing"):
        one, other = (find(run, "toy", condition)["psnr"] for run in (by_name, by_path))
        assert np.isclose(one, other, atol=0.05)  # fp16 against fp32
