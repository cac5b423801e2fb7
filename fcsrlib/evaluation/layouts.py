"""The two usual layouts: conditions side by side, and networks side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fcsrlib.evaluation.protocol import METRICS, PAPER, Layout, Panel, Table

Results = Mapping[str, Any]
PAPER_METRICS = ("psnr", "mssim")
_PLOTTED = (("psnr", "mssim"), ("lr_psnr", "lr_hole_psnr"))


def lay_out_conditions(
    results: Results, kind: str = "bars", x_label: str = "", with_average: bool = True
) -> Layout:
    """Lay out a table a metric, one column a condition, as Tables 3 and 4.

    The paper's numbers are ``results["paper"]``: metric → ``values``, ``mean`` and ``std``.
    """
    labels = tuple(condition["label"] for condition in results["conditions"])
    width = len(labels) + (2 if with_average else 1)
    header = ("", *labels, "Avg. and Std.")[:width]
    rows = {metric: _rows_of_conditions(results, metric) for metric in METRICS}
    tables = [
        Table(METRICS[metric], header, tuple(row[:width] for row in rows[metric]))
        for metric in METRICS
        if rows[metric]
    ]
    panels = [
        Panel(METRICS[metric], labels, _series_of_conditions(results, metric), kind, x_label)
        for metric in choose_plotted(results)
    ]
    return Layout(tuple(tables), tuple(panels))


lay_out_growing = partial(
    lay_out_conditions,
    kind="lines",
    x_label="side of the hole / side of the face",
    with_average=False,  # over sizes of a hole it would mean nothing
)


def lay_out_methods(results: Results) -> Layout:
    """Lay out one table, one row a network, of a protocol's only condition, as Table 6.

    The paper's numbers are ``results["paper"]``: a list of ``fc``, ``sr``, ``scale`` and metrics.
    """
    metrics = [metric for metric in METRICS if metric in _list_metrics(results)]
    papers = {row["method"]: _find_paper(results, row["method"]) for row in results["figures"]}
    header = ("", *(METRICS[metric] for metric in metrics), "paper's PSNR (dB)", "paper's MSSIM")
    rows = [
        (
            row["method"],
            *(format_figure(metric, row.get(metric)) for metric in metrics),
            *(format_figure(one, papers[row["method"]].get(one)) for one in ("psnr", "mssim")),
        )
        for row in results["figures"]
    ]
    listed = [
        (
            f"{row['fc']} + {row['sr']} x{row['scale']}",
            format_figure("psnr", row["psnr"]),
            format_figure("mssim", row["mssim"]),
        )
        for row in results["paper"]
    ]
    tables = (
        Table("Measured", header, tuple(rows)),
        Table("The paper's Table 6", ("", "PSNR (dB)", "MSSIM"), tuple(listed)),
    )
    panels = []
    for metric in choose_plotted(results):
        kept = [row for row in results["figures"] if row.get(metric) is not None]
        series = {"measured": tuple(row[metric] for row in kept)}
        stated = tuple(papers[row["method"]].get(metric) for row in kept)
        if any(value is not None for value in stated):
            series[PAPER] = stated
        panels.append(Panel(METRICS[metric], tuple(row["method"] for row in kept), series))
    return Layout(tables, tuple(panels))


def lay_out_methods_by_condition(results: Results) -> Layout:
    """Lay out a table for each condition, one row a method."""
    metrics = [metric for metric in METRICS if metric in _list_metrics(results)]
    rows = results["figures"]
    tables = []
    for condition in results["conditions"]:
        own = [row for row in rows if row["condition"] == condition["name"]]
        shown = [metric for metric in metrics if any(row.get(metric) is not None for row in own)]
        lines = [
            (row["method"], *(format_figure(metric, row.get(metric)) for metric in shown))
            for row in own
        ]
        header = ("", *(METRICS[metric] for metric in shown))
        tables.append(Table(condition["label"].capitalize(), header, tuple(lines)))
    methods = tuple(dict.fromkeys(row["method"] for row in rows))
    panels = []
    for metric in choose_plotted(results):
        values = {(row["condition"], row["method"]): row.get(metric) for row in rows}
        series = {
            condition["label"]: tuple(values[condition["name"], method] for method in methods)
            for condition in results["conditions"]
        }
        panels.append(Panel(METRICS[metric], methods, series))
    return Layout(tuple(tables), tuple(panels))


def lay_out_rows(results: Results) -> Layout:
    """Lay out one table, one row a line of the paper's, of its only condition, as Table 5.

    The paper's numbers are ``results["paper"]``: a list of ``label``, ``config`` and metrics. A
    network belongs to the line that names its config; others stand below.
    """
    metrics = [metric for metric in METRICS if metric in _list_metrics(results)]
    header = ("", *(METRICS[metric] for metric in metrics), "paper's PSNR (dB)", "paper's MSSIM")
    placed = _place_rows(results)
    rows = [
        (
            name,
            *(format_figure(metric, row.get(metric)) for metric in metrics),
            *(format_figure(metric, line.get(metric)) for metric in PAPER_METRICS),
        )
        for name, row, line in placed
    ]
    panels = []
    for metric in choose_plotted(results):
        kept = [(name, row, line) for name, row, line in placed if row.get(metric) is not None]
        series = {
            "measured": tuple(row[metric] for _, row, _ in kept),
            PAPER: tuple(line.get(metric) for _, _, line in kept),
        }
        panels.append(Panel(METRICS[metric], tuple(name for name, _, _ in kept), series))
    return Layout((Table("Measured, beside the paper", header, tuple(rows)),), tuple(panels))


def _place_rows(results: Results) -> list[tuple[str, Results, Results]]:
    """Return (name, figures, the paper's line) of each row; either may be empty."""
    configs = {entrant["method"]: entrant["config"] for entrant in results["entrants"]}
    placed: list[tuple[str, Results, Results]] = []
    left = list(results["figures"])
    for line in results["paper"]:
        found = [row for row in left if configs.get(row["method"]) == line["config"]]
        left = [row for row in left if row not in found]
        placed += [(f"{line['label']}: {row['method']}", row, line) for row in found]
        if not found:
            placed.append((f"{line['label']}: not measured", {}, line))
    return placed + [(row["method"], row, {}) for row in left]


def format_figure(metric: str, value: float | None, std: float | None = None) -> str:
    """Format a value as the paper does: dB with two digits, MSSIM with three; ``-`` for None.

    >>> format_figure("psnr", 25.49, 0.197), format_figure("mssim", 0.757)
    ('25.49 ± 0.197', '0.757')
    """
    if value is None:
        return "-"
    is_db = metric.endswith(("psnr", "levels"))
    text = f"{value:.2f}" if is_db else f"{value:.3f}"
    if std is None:
        return text
    return f"{text} ± {std:.3f}" if is_db else f"{text} ± {std:.4f}"


def _rows_of_conditions(results: Results, metric: str) -> Sequence[tuple[str, ...]]:
    rows = []
    stated = results["paper"].get(metric)
    if stated:
        values = (format_figure(metric, value) for value in stated["values"])
        rows.append((PAPER, *values, format_figure(metric, stated["mean"], stated["std"])))
    for average in results["averages"]:
        if metric in average:
            method = average["method"]
            values = (format_figure(metric, value) for value in _pick(results, method, metric))
            spread = average[metric]
            rows.append((method, *values, format_figure(metric, spread["mean"], spread["std"])))
    return rows


def _series_of_conditions(results: Results, metric: str) -> dict[str, tuple[float | None, ...]]:
    series = {
        average["method"]: _pick(results, average["method"], metric)
        for average in results["averages"]
        if metric in average
    }
    if metric in results["paper"]:
        series[PAPER] = tuple(results["paper"][metric]["values"])
    return series


def _pick(results: Results, method: str, metric: str) -> tuple[float | None, ...]:
    """Return the values of one method, one a condition."""
    found = {
        row["condition"]: row.get(metric) for row in results["figures"] if row["method"] == method
    }
    return tuple(found.get(condition["name"]) for condition in results["conditions"])


def _list_metrics(results: Results) -> set[str]:
    return {name for row in results["figures"] for name in METRICS if name in row}


def choose_plotted(results: Results) -> Sequence[str]:
    """Return the HR metrics where any network restores, else those of low resolution."""
    present = _list_metrics(results)
    return next(pair for pair in _PLOTTED if present.issuperset(pair))


def _find_paper(results: Results, method: str) -> Mapping[str, float]:
    """Return the paper's numbers for the compound that a method is, or nothing."""
    for entrant in results["entrants"]:
        for row in results["paper"]:
            parts = ("fc", "sr", "scale")
            if entrant["method"] == method and all(entrant[key] == row[key] for key in parts):
                return row if entrant["restores"] else {}
    return {}
