"""Writes results as a Markdown page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fcsrlib.evaluation.protocol import Layout, Table


def format_page(results: Mapping[str, Any], layout: Layout) -> str:
    """Return the page: what was measured on what, then the tables of ``layout``."""
    skipped = f" ({len(results['skipped'])} did not decode)" if results["skipped"] else ""
    lines = [
        f"# {results['title']}",
        "",
        f"{results['statement']}; {results['num_images']} {results['data']}{skipped}; seed "
        f"{results['seed']}. {results.get('remark', 'PSNR and MSSIM are means over faces.')}",
        "",
    ]
    for entrant in results["entrants"]:
        caveats = "".join(f"; {caveat}" for caveat in entrant["caveats"])
        lines.append(
            f"- {entrant['method']}: {entrant['fc']} + {entrant['sr']} x{entrant['scale']}, "
            f"`{entrant['config']}`, sha256 {entrant['sha256'][:12]}{caveats}"
        )
    if not any(entrant["restores"] for entrant in results["entrants"]):
        lines += ["", "The paper's numbers are those of restored faces, not of small ones."]
    lines += ["", *results["judges"]] if results.get("judges") else []
    for condition in results.get("conditions", ()):
        if condition.get("without_landmarks"):
            lines += [
                "",
                f"{condition['label']}: {condition['without_landmarks']} faces have no landmarks; "
                "the part's mean place in aligned faces is hidden there.",
            ]
    for table in layout.tables:
        lines += ["", f"## {table.title}", "", *_format_table(table)]
    return "\n".join(lines) + "\n"


def _format_table(table: Table) -> list[str]:
    rule = ["---", *["---:"] * (len(table.header) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (table.header, rule, *table.rows)]
