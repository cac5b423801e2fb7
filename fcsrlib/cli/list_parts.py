"""``fcsr list``: every part, its slot and where it came from, and the plugins that failed."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from rich.console import Console
from rich.table import Table

from fcsrlib.plugin import PluginRecord, list_plugins
from fcsrlib.plugin.hookspecs import HOOK_OF_SLOT

WIDTH_IN_FILES = 200  # nothing is cut or wrapped for grep


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("list", help="list all parts and plugins", description=__doc__)
    parser.add_argument("--slot", choices=list(HOOK_OF_SLOT), help="only this slot")
    parser.add_argument("--json", action="store_true", help="for programs, not people")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print the parts of ``options.slot`` (None: of all slots) and the failed plugins."""
    with _quiet():
        plugins = list_plugins()
    parts = _list_parts(plugins, options.slot)
    failed = [plugin for plugin in plugins if plugin.failure]
    if options.json:
        print(json.dumps(_describe(parts, failed), indent=2))
    else:
        _print_tables(parts, failed)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what plugins print out of the answer, and warnings of failures that it tells itself."""
    logger = logging.getLogger("fcsrlib.plugin")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        logger.setLevel(level)


def _list_parts(plugins: list[PluginRecord], slot: str | None) -> list[dict[str, str]]:
    """Return one dict a part, by slot in the order of the data flow, then by name."""
    from fcsrlib.registry import SLOTS

    origins = {plugin.name: plugin.origin for plugin in plugins}
    parts = []
    for name in HOOK_OF_SLOT if slot is None else [slot]:
        for part in sorted(SLOTS[name].origins):
            plugin = SLOTS[name].origins[part]
            parts.append(
                {
                    "slot": name,
                    "name": part,
                    "plugin": plugin,
                    "origin": origins.get(plugin, plugin),
                    "summary": _read_summary(SLOTS[name].get(part)),
                }
            )
    return parts


def _read_summary(part: type) -> str:
    return (part.__doc__ or "").strip().partition("\n")[0]


def _describe(parts: list[dict[str, str]], failed: list[PluginRecord]) -> dict[str, Any]:
    return {
        "parts": parts,
        "failed": [
            {"plugin": plugin.name, "origin": plugin.origin, "reason": plugin.failure}
            for plugin in failed
        ],
    }


def _print_tables(parts: list[dict[str, str]], failed: list[PluginRecord]) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH_IN_FILES)
    table = Table("slot", "name", "from", "what it is", box=None, header_style="bold")
    for part in parts:
        table.add_row(part["slot"], part["name"], part["plugin"], part["summary"])
    console.print(table)
    if failed:
        console.print("\nPlugins that were not loaded:", style="bold red")
        for plugin in failed:
            origin = f" ({plugin.origin})" if plugin.origin else ""
            console.print(f"  {plugin.name}{origin}: {plugin.failure}", markup=False)
