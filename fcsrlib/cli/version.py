"""``fcsr version``: the versions that a bug report needs."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as find_version
from typing import Any

from fcsrlib import __version__

PACKAGES = (
    "torch",
    "mmengine",
    "mmcv-lite",
    "numpy",
    "opencv-python",
    "pillow",
    "pluggy",
    "safetensors",
)


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("version", help="print versions", description=__doc__)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print this library's version, Python's and those of the main dependencies."""
    print(f"fcsrlib {__version__}")
    print(f"python {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        try:
            print(f"{package} {find_version(package)}")
        except PackageNotFoundError:
            print(f"{package} not installed")
