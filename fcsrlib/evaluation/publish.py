"""Writes what an evaluation found: numbers, table, plot, sheet, and the holes it drew."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib import __version__
from fcsrlib.engine.report import write_json
from fcsrlib.engine.strip import write_picture
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.evaluation.entrant import Entrant
from fcsrlib.evaluation.plot import write_plot
from fcsrlib.evaluation.protocol import Layout, Protocol
from fcsrlib.evaluation.request import Say
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import Picture
from fcsrlib.evaluation.table import format_page


def begin_results(
    protocol: Protocol, scorer: Scorer, entrants: Sequence[Entrant], seed: int
) -> dict[str, Any]:
    """Return what the results of every protocol begin with."""
    return {
        "fcsrlib": __version__,
        "protocol": protocol.name,
        "title": protocol.title,
        "statement": scorer.statement,
        "channel": scorer.channel,
        "crop_px": scorer.crop_px,
        "seed": seed,
        "entrants": [entrant.description for entrant in entrants],
    }


def publish(
    folder: Path,
    results: Mapping[str, Any],
    layout: Layout,
    sheet: Picture,
    say: Say,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Write ``plot.png``, ``plot.svg``, ``sheet.png``, ``table.md`` and ``results.json``.

    Each is written whole or not at all, ``results.json`` last: where it stands, all stand.

    Args:
        folder: Where to; made if absent.
        results: Begun by :func:`begin_results`; ``references`` names the methods without network.
        layout: Tables and panels; without panels there is no plot.
        sheet: RGB picture.
        say: Takes the table and the paths.
        arrays: What else came out, for ``holes.npz``; equal arrays give equal bytes.

    Raises:
        FCSRError: They cannot be written.
    """
    page = format_page(results, layout)
    if layout.panels:
        write_plot(results["title"], layout.panels, results["references"], folder / "plot")
    write_picture(sheet, folder / "sheet.png")
    if arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **dict(arrays))  # type: ignore[arg-type]
        write_whole(buffer.getvalue(), folder / "holes.npz")
    write_whole(page.encode(), folder / "table.md")
    write_json(results, folder / "results.json")
    say(page)
    say(f"results  {folder / 'results.json'}\ntable    {folder / 'table.md'}")
