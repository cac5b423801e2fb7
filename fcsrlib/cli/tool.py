"""What the programs under ``tools/`` share: their common flags, and how they run."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from fcsrlib.cli.errors import run_or_explain
from fcsrlib.cli.machine import tune_process


def add_common_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options`` and ``--debug``."""
    parser.add_argument(
        "--cfg-options", nargs="+", default=[], metavar="K=V", help="override config values"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")


def run_tool(job: Callable[[], int | None], debug: bool) -> int:
    """Set up the process, run ``job`` and return the exit code.

    Args:
        job: Does the work; whatever loads torch is imported inside it, after the set-up.
        debug: Whether errors come with a traceback.
    """
    tune_process()
    return run_or_explain(job, debug)
