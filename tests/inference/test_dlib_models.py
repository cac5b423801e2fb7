import importlib.machinery
import importlib.util

import pytest

from fcsrlib.errors import MissingExtraError
from fcsrlib.inference.dlib_models import find_dlib_model, import_dlib


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Let ``face_recognition_models`` be a folder with one model, and dlib absent."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "points.dat").write_bytes(b"")
    spec = importlib.machinery.ModuleSpec("face_recognition_models", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    specs = {"face_recognition_models": spec}
    monkeypatch.setattr(importlib.util, "find_spec", specs.get)
    return tmp_path


def test_a_model_is_found_without_importing_its_package(package):
    found = find_dlib_model("points.dat", "photo", "finding faces")
    assert found == package / "models" / "points.dat"


def test_what_is_missing_is_named_with_its_extra(package):
    with pytest.raises(MissingExtraError, match=r"face-recognition-models.*fcsrlib\[photo\]"):
        find_dlib_model("other.dat", "photo", "finding faces")
    with pytest.raises(MissingExtraError, match=r"finding faces needs the package 'dlib-bin'"):
        import_dlib("photo", "finding faces")
