"""dlib and its model files, where they are installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from fcsrlib.errors import MissingExtraError


def import_dlib(extra: str, purpose: str) -> Any:
    """Return the module ``dlib``.

    Args:
        extra: Extra of this library that brings it, for the error.
        purpose: What needs it, for the error.

    Raises:
        MissingExtraError: It is not installed.
    """
    if importlib.util.find_spec("dlib") is None:
        raise MissingExtraError("dlib-bin", extra, purpose)
    import dlib

    return dlib


def find_dlib_model(file: str, extra: str, purpose: str) -> Path:
    """Return a model file out of the package ``face_recognition_models``.

    That package cannot be imported where setuptools lacks pkg_resources, so its folder is looked
    up without importing it.

    Args:
        file: Name of the file, for example ``shape_predictor_68_face_landmarks.dat``.
        extra: Extra of this library that brings it, for the error.
        purpose: What needs it, for the error.

    Raises:
        MissingExtraError: It is not installed.
    """
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder, "models", file)
        if path.is_file():
            return path
    raise MissingExtraError("face-recognition-models", extra, purpose)
