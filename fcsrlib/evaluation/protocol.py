"""What a protocol is: hole conditions, the paper's numbers, and how the two are laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fcsrlib.evaluation.conditions import Condition

METRICS = {
    "psnr": "PSNR (dB)",
    "mssim": "MSSIM",
    "hole_psnr": "PSNR in the hole (dB)",
    "visible_psnr": "PSNR outside the hole (dB)",
    "lr_psnr": "PSNR at low resolution (dB)",
    "lr_hole_psnr": "PSNR in the hole at low resolution (dB)",
}
"""Metric → what tables and plots call it."""

PAPER = "the paper"


@dataclass(frozen=True)
class Table:
    """A Markdown table; the first column holds names."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Panel:
    """One set of axes of the plot.

    Attributes:
        title: Label of the y axis.
        ticks: One label a value.
        series: Name → values; None where there is none.
        kind: ``"bars"`` or ``"lines"``.
        x_label: Label of the x axis.
    """

    title: str
    ticks: tuple[str, ...]
    series: Mapping[str, tuple[float | None, ...]]
    kind: str = "bars"
    x_label: str = ""


@dataclass(frozen=True)
class Layout:
    """How results are shown: the tables of ``table.md`` and the panels of ``plot.png``."""

    tables: tuple[Table, ...]
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Protocol:
    """An experiment of the paper.

    Attributes:
        name: What ``tools/evaluate.py`` calls it.
        title: Heading of its table and plot.
        conditions: The holes, in order.
        lay_out: Turns results (the content of ``results.json``) into tables and panels.
        paper: The paper's own numbers; ``lay_out`` knows their form.
        min_images: Faces that it needs at least.
    """

    name: str
    title: str
    conditions: tuple[Condition, ...]
    lay_out: Callable[[Mapping[str, Any]], Layout]
    paper: Any = field(default_factory=dict)
    min_images: int = 1
