"""What --mask means."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.folder.mask_choice import parse_mask

FACE = np.zeros((4, 6, 3), np.uint8)
NAME = Path("deep/a.jpg")


def test_nothing_is_hidden_by_default():
    assert parse_mask(None).find(NAME, FACE) is None


def test_a_file_is_the_mask_of_all(tmp_path):
    path = tmp_path / "mask.png"
    path.touch()
    assert parse_mask(str(path)).find(NAME, FACE) == path


def test_a_folder_has_a_mask_for_each_with_any_suffix(tmp_path):
    (tmp_path / "deep").mkdir()
    choice = parse_mask(str(tmp_path))
    with pytest.raises(DataError, match=r"there is no mask .*/deep/a\.\*"):
        choice.find(NAME, FACE)
    (tmp_path / "deep" / "a.png").touch()
    assert choice.find(NAME, FACE) == tmp_path / "deep" / "a.png"


@pytest.mark.parametrize(
    "text, hidden", [("color:#10ff00", [0, 1]), ("color:#10FF00:2", [0]), ("color:#10ff00:0", [])]
)
def test_a_colour_hides_what_is_within_its_tolerance(text, hidden):
    face = FACE.copy()
    face[0, :3] = (18, 253, 2), (16, 241, 0), (16, 230, 0)
    found = parse_mask(text).find(NAME, face)
    assert np.flatnonzero(found).tolist() == hidden


@pytest.mark.parametrize("text", ["color:red", "color:#12345", "color:#123456:256", "color:"])
def test_a_malformed_colour_is_refused(text):
    with pytest.raises(ConfigError, match="expected color:#RRGGBB"):
        parse_mask(text)


def test_what_is_neither_file_nor_folder_is_refused():
    with pytest.raises(ConfigError, match="the mask 'no.png' is no file or folder"):
        parse_mask("no.png")


def test_auto_asks_the_finder_about_the_central_square(monkeypatch):
    finder = SimpleNamespace(find_mask=lambda pixels: pixels[:, :, 0] > 0)
    monkeypatch.setitem(sys.modules, "fcsrlib.inference.mask_finder", finder)
    face = FACE.copy()
    face[1, 2] = 9
    assert np.argwhere(parse_mask("auto").find(NAME, face)).tolist() == [[1, 1]]


@pytest.mark.parametrize("module", [None, SimpleNamespace()])
def test_auto_without_a_finder_is_refused(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "fcsrlib.inference.mask_finder", module)
    with pytest.raises(ConfigError, match="finds no masks by itself; give a file"):
        parse_mask("auto")
