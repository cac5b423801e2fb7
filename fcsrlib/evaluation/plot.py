"""Draws results as bars or lines; equal results give equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fcsrlib.engine.whole_file import write_whole
from fcsrlib.evaluation.protocol import PAPER, Panel

_STYLE: dict[Any, Any] = {"svg.hashsalt": "fcsrlib", "font.family": "DejaVu Sans", "font.size": 9.0}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_PAPER_COLOUR = "#333333"
_GREYS = ("#6e6e6e", "#b4b4b4", "#919191", "#d2d2d2")
_LONG_TICK = 8


def write_plot(title: str, panels: Sequence[Panel], references: Sequence[str], stem: Path) -> None:
    """Write ``<stem>.png`` and ``<stem>.svg``, one panel beside the other.

    Args:
        title: Heading.
        panels: What to draw.
        references: Series that need no network; drawn in grey.
        stem: Path without suffix.

    Raises:
        FCSRError: They cannot be written.
    """
    with rc_context(_STYLE):
        width = max(5.2, 1.2 + 0.6 * max(len(panel.ticks) for panel in panels))
        figure = Figure(figsize=(width * len(panels), 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(title)
        rows = figure.subplots(1, len(panels), squeeze=False)
        for axes, panel in zip(rows[0], panels, strict=True):
            _draw_panel(axes, panel, references)
        handles, names = rows[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
        for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=110, metadata=metadata)
            write_whole(buffer.getvalue(), stem.with_suffix(f".{suffix}"))


def _draw_panel(axes: Axes, panel: Panel, references: Sequence[str]) -> None:
    colours = _choose_colours(list(panel.series), references)
    places = range(len(panel.ticks))
    for number, (name, values) in enumerate(panel.series.items()):
        heights = [float("nan") if value is None else value for value in values]
        if panel.kind == "lines":
            style = "--" if name in references else "-"
            axes.plot(places, heights, style, marker="o", color=colours[name], label=name)
        else:
            width = 0.8 / len(panel.series)
            shift = (number - (len(panel.series) - 1) / 2) * width
            axes.bar(
                [place + shift for place in places],
                heights,
                width,
                color=colours[name],
                label=name,
            )
    is_long = max(len(tick) for tick in panel.ticks) > _LONG_TICK
    axes.set_xticks(
        places, panel.ticks, rotation=20 if is_long else 0, ha="right" if is_long else "center"
    )
    axes.set_ylabel(panel.title)
    axes.set_xlabel(panel.x_label)
    axes.set_ylim(*_choose_range(panel))
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)


def _choose_colours(names: Sequence[str], references: Sequence[str]) -> dict[str, str]:
    colours, greys, own = {PAPER: _PAPER_COLOUR}, 0, 0
    for name in names:
        if name in references:
            colours[name] = _GREYS[greys % len(_GREYS)]
            greys += 1
        elif name != PAPER:
            colours[name] = _COLOURS[own % len(_COLOURS)]
            own += 1
    return colours


def _choose_range(panel: Panel) -> tuple[float, float]:
    """Return y limits that show differences: bars near one height tell nothing from zero."""
    values = [value for series in panel.series.values() for value in series if value is not None]
    if not values:
        return 0.0, 1.0
    spread = max(max(values) - min(values), 0.02 * max(abs(value) for value in values), 1e-6)
    low = min(values) - 0.25 * spread
    return low if min(values) < 0 else max(low, 0.0), max(values) + 0.1 * spread
