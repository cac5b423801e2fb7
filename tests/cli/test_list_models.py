"""``fcsr models``."""

import hashlib
import json
import re

import pytest

from fcsrlib.cli import main
from fcsrlib.inference import weights
from fcsrlib.inference.releases import table as release_table

CONTENT = b"weights"
ROW = {
    "file": "toy.safetensors",
    "kind": "generator",
    "scale": 8,
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "size": len(CONTENT),
    "url": None,
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FCSRLIB_CACHE", str(tmp_path))
    monkeypatch.setattr(weights, "RELEASED", tmp_path / "library")
    return tmp_path


@pytest.fixture
def use_table(cache, monkeypatch):
    def use_table(**rows):
        table = cache / "releases.json"
        table.write_text(json.dumps(rows))
        monkeypatch.setattr(release_table, "TABLE", table)

    return use_table


def run(capsys, *arguments):
    code = main(["models", *arguments])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_a_model_is_shown_with_scale_size_place_and_state(capsys, cache, use_table):
    use_table(toy_x8={**ROW, "size": 11_669_638})
    (cache / "toy.safetensors").write_bytes(CONTENT)
    use_table(toy_x8=ROW, prior={**ROW, "kind": "face_prior", "scale": None, "file": "p.st"})
    code, printed = run(capsys)
    assert code == 0
    path = re.escape(str(cache / "toy.safetensors"))
    assert re.search(rf"toy_x8 +generator +x8 +0\.0 MB +{path} +verified", printed)
    assert re.search(r"prior +face_prior +- +0\.0 MB +nowhere +missing", printed)


def test_a_damaged_file_is_not_called_verified(capsys, cache, use_table):
    use_table(toy=ROW)
    (cache / "toy.safetensors").write_bytes(CONTENT[:3])
    _, printed = run(capsys)
    assert "damaged: it has 3 bytes, expected 7" in printed
    assert "verified" not in printed


def test_a_model_elsewhere_is_shown_with_its_address(capsys, use_table):
    use_table(toy={**ROW, "url": "https://example.org/toy.safetensors", "size": 11_669_638})
    _, printed = run(capsys)
    assert re.search(r"11\.7 MB +https://example.org/toy.safetensors +to be downloaded", printed)


def test_programs_get_json(capsys, cache, use_table):
    use_table(toy=ROW)
    (cache / "toy.safetensors").write_bytes(CONTENT)
    _, printed = run(capsys, "--json")
    (model,) = json.loads(printed)
    assert model["name"] == "toy" and model["verified"] is True
    assert model["path"] == str(cache / "toy.safetensors") and model["faults"] == {}


def test_without_models_there_is_a_sentence(capsys, use_table):
    use_table()
    assert run(capsys) == (0, "there are no released models; weights are given by path or URL.\n")


def test_a_malformed_table_is_one_line_and_exit_code_two(capsys, use_table):
    use_table(toy={**ROW, "file": "../toy"})
    code, printed = run(capsys)
    assert code == 2
    assert printed.count("\n") == 1 and "'toy' has file '../toy'" in printed
