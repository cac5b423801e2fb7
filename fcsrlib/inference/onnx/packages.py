"""The optional packages that write and run ONNX files, and quiet while they work."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from fcsrlib.errors import MissingExtraError

EXTRA = "export"
PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def check_extra() -> None:
    """Check that all packages of the extra are there.

    Raises:
        MissingExtraError: One is not installed.
    """
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, EXTRA, "writing ONNX files")


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back log lines and warnings: the packages tell of what neither we nor users can change.

    Both are settings of the whole process.
    """
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
