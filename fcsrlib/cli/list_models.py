"""``fcsr models``: the released models, where their files lie, and whether those are the ones."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH_IN_FILES = 200  # nothing is cut or wrapped for grep


def add_parser(commands: Any) -> None:
    """Add this subcommand to ``fcsr``."""
    parser = commands.add_parser("models", help="list the released models", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for programs, not people")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print a row a model; nothing is downloaded."""
    rows = _list_models()
    if options.json:
        print(json.dumps(rows, indent=2))
    elif not rows:
        print("there are no released models; weights are given by path or URL.")
    else:
        _print_table(rows)


def _list_models() -> list[dict[str, Any]]:
    """Return one dict a model, by name."""
    from fcsrlib.inference.releases.table import read_release_table
    from fcsrlib.inference.weights import find_release

    rows = []
    for name, model in sorted(read_release_table().items()):
        found = find_release(model)
        rows.append(
            {
                "name": name,
                "kind": model.kind,
                "scale": model.scale,
                "size": model.size,
                "path": None if found.path is None else str(found.path),
                "url": model.url,
                "verified": found.path is not None,
                "faults": {str(path): fault for path, fault in found.faults.items()},
            }
        )
    return rows


def _print_table(rows: list[dict[str, Any]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH_IN_FILES)
    table = Table("name", "kind", "scale", "size", "where", "", box=None, header_style="bold")
    for row in rows:
        scale = "-" if row["scale"] is None else f"x{row['scale']}"
        size = f"{row['size'] / 1e6:.1f} MB"
        where, state = map(escape, _describe_place(row))
        table.add_row(row["name"], row["kind"], scale, size, where, state)
    console.print(table)


def _describe_place(row: dict[str, Any]) -> tuple[str, str]:
    """Return where a model is found, and whether its file was verified."""
    if row["path"] is not None:
        return row["path"], "verified"
    if row["faults"]:
        path, fault = next(iter(row["faults"].items()))
        return path, f"damaged: {fault}"
    return row["url"] or "nowhere", "to be downloaded" if row["url"] else "missing"
