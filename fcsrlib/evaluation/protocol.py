"""What a protocol is, and how its results are shown: tables and panels."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fcsrlib.evaluation.request import Request

METRICS = {
    "psnr": "PSNR (dB)",
    "mssim": "MSSIM",
    "hole_psnr": "PSNR in the hole (dB)",
    "visible_psnr": "PSNR outside the hole (dB)",
    "lr_psnr": "PSNR at low resolution (dB)",
    "lr_hole_psnr": "PSNR in the hole at low resolution (dB)",
    "perceptual": "perceptual distance",
    "identity": "identity (cosine)",
    "landmark_error": "landmark error",
    "landmark_error_vs_reading": "landmark error against the reading",
    "parsing_miou": "parsing mIoU",
    "parsing_miou_vs_reading": "parsing mIoU against the reading",
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


class Protocol(typing.Protocol):
    """An experiment: what :data:`fcsrlib.evaluation.protocols.PROTOCOLS` maps names to."""

    @property
    def name(self) -> str:
        """What ``tools/evaluate.py`` calls it."""

    @property
    def title(self) -> str:
        """Heading of its table and plot."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Its own options, name → default."""

    def evaluate(self, request: Request) -> dict[str, Any]:
        """Measure, write the results into the request's folder, and return them.

        ``request.options`` has all of :attr:`options`.

        Raises:
            FCSRError: What is asked for cannot be measured; nothing is written then.
        """
