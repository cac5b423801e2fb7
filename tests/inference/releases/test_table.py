"""The table of released models, and what is shipped with it."""

import json

import pytest

from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases.publish import MAX_BYTES
from fcsrlib.inference.releases.release_file import build_release, read_release
from fcsrlib.inference.releases.table import RELEASED, TABLE, ReleasedModel, read_release_table

ROW = {
    "file": "toy.safetensors",
    "kind": "generator",
    "scale": 4,
    "sha256": "0" * 64,
    "size": 3,
    "url": "https://example.org/toy.safetensors",
}


def write_table(path, rows):
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return path


def test_a_row_is_read_as_it_is_written(tmp_path):
    (model,) = read_release_table(write_table(tmp_path / "t.json", {"toy": ROW})).values()
    assert model == ReleasedModel(name="toy", **ROW)
    assert model.to_row() == ROW


@pytest.mark.parametrize(
    "change",
    [
        dict(file="../toy.safetensors"),
        dict(file="/etc/passwd"),
        dict(file="a\\b"),
        dict(file=""),
        dict(kind="other"),
        dict(scale=0),
        dict(scale=True),
        dict(sha256="0" * 63),
        dict(size=0),
        dict(size="3"),
        dict(url="file:///etc/passwd"),
        dict(url="ftp://example.org/toy"),
        dict(url="http://me:secret@example.org/toy"),
        dict(url="http://example.org/ö"),
        dict(url=""),
    ],
)
def test_a_malformed_value_is_named(tmp_path, change):
    ((key, _),) = change.items()
    table = write_table(tmp_path / "t.json", {"toy": {**ROW, **change}})
    with pytest.raises(CheckpointError, match=f"'toy' has {key} .*; expected"):
        read_release_table(table)


def test_a_name_that_climbs_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="'../toy' has name '../toy'; expected letters"):
        read_release_table(write_table(tmp_path / "t.json", {"../toy": ROW}))


@pytest.mark.parametrize("rows", ["", "[]", {"toy": []}, {"toy": {"file": "x"}}])
def test_what_is_no_table_is_refused(tmp_path, rows):
    with pytest.raises(CheckpointError, match=r"t\.json"):
        read_release_table(write_table(tmp_path / "t.json", rows))


def test_an_absent_table_is_told(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_release_table(tmp_path / "none.json")


def test_files_shipped_with_the_library_are_those_of_the_table():
    shipped = {path.name for path in RELEASED.glob("*.safetensors")}
    assert shipped <= {model.file for model in read_release_table().values()}
    assert TABLE.parent == RELEASED


def test_every_shipped_model_is_the_one_of_its_row():
    for model in read_release_table().values():
        path = RELEASED / model.file
        assert path.is_file() or model.url, f"'{model.name}' can be found nowhere"
        if path.is_file():
            assert path.stat().st_size == model.size <= MAX_BYTES
            info, _ = read_release(path, model.sha256)
            assert (info.name, info.kind) == (model.name, model.kind)
            assert info.config.get("scale") == model.scale
            build_release(path)
