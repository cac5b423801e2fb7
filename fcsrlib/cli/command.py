"""Reads the command line and calls the subcommand it names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from fcsrlib import __version__
from fcsrlib.cli import demo, export, list_models, list_parts, restore, version
from fcsrlib.cli.errors import run_or_explain

SUBCOMMANDS = (restore, export, demo, list_parts, list_models, version)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; each subcommand module adds its own with ``add_parser``."""
    parser = argparse.ArgumentParser(
        prog="fcsr", description="Joint completion and super-resolution of faces."
    )
    parser.add_argument("--version", action="version", version=f"fcsrlib {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in SUBCOMMANDS:
        module.add_parser(commands)
    for one in commands.choices.values():  # what docstrings mark up, terminals show
        one.description = (one.description or "").replace("``", "")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``fcsr`` with ``arguments`` (default: the command line's) and return its exit code."""
    options = make_parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    return run_or_explain(partial(options.run, options), debug=options.debug)
