"""The command ``fcsr``: one small module for each subcommand."""

from fcsrlib.cli.command import main

__all__ = ["main"]
