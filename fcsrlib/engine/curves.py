"""Draws how losses and validation figures of runs went, from the scalars they logged."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import ConfigError

LOSS = "train/loss"

_STYLE: dict[Any, Any] = {"font.family": "DejaVu Sans", "font.size": 9.0}
_COLUMNS = 3
_PANEL_INCHES = (4.2, 3.0)
_PER_CLASS = re.compile(r"_\d+$")

Curve = dict[int, float]
"""Iteration → value."""


def read_curves(work_dir: str | Path) -> dict[str, Curve]:
    """Return what the runs in a work dir logged, name → curve.

    A resumed run starts where the last checkpoint was: what an earlier run logged from there on is
    left out. Lines that are cut off, as a killed run leaves one, are left out too.

    Args:
        work_dir: Folder of ``tools/train.py``.

    Raises:
        ConfigError: No run has logged anything in it.
    """
    curves: dict[str, Curve] = {}
    for path in sorted(Path(work_dir).glob("*/vis_data/scalars.json")):
        rows = list(_read_rows(path))
        if rows:
            first = min(row["step"] for row in rows)
            for name, curve in curves.items():
                curves[name] = {step: value for step, value in curve.items() if step < first}
        for row in rows:
            step = int(row.pop("step"))
            for name, value in row.items():
                curves.setdefault(name, {})[step] = float(value)
    if not curves:
        raise ConfigError(
            f"{work_dir} holds no run that logged anything; give the work dir of tools/train.py."
        )
    return curves


def draw_curves(
    work_dirs: Sequence[str | Path], path: str | Path, names: Sequence[str] = ()
) -> list[str]:
    """Draw the curves of runs, one panel a figure, one line a run.

    Args:
        work_dirs: Folders of ``tools/train.py``.
        path: PNG or SVG file to write.
        names: Which curves, for example ``val/psnr``; none: the loss, and every validation figure
            but those of single classes.

    Returns:
        The names that were drawn.

    Raises:
        ConfigError: A folder without a run, a name that no run has, or another kind of file.
        FCSRError: The file cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".png", ".svg"):
        raise ConfigError(f"{path} is neither *.png nor *.svg; curves are drawn as these.")
    runs = {str(work_dir): read_curves(work_dir) for work_dir in work_dirs}
    names = _choose_names(runs, names)
    with rc_context(_STYLE):
        columns = min(_COLUMNS, len(names))
        rows = -(-len(names) // columns)
        width, height = _PANEL_INCHES
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(rows, columns, squeeze=False).flat
        for axes, name in zip(panels, names, strict=False):
            _draw_panel(axes, name, runs)
        for axes in list(panels)[len(names) :]:
            axes.set_visible(False)
        if len(runs) > 1:
            handles, labels = figure.axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=path.suffix[1:], dpi=100)
    write_whole(buffer.getvalue(), path)
    return list(names)


def _read_rows(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "step" in row:
            yield row


def _choose_names(runs: Mapping[str, Mapping[str, Curve]], wanted: Sequence[str]) -> Sequence[str]:
    there = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    unknown = [name for name in wanted if name not in there]
    if unknown:
        raise ConfigError(f"no run logged {', '.join(unknown)}; there are {', '.join(there)}.")
    if wanted:
        return wanted
    figures = [name for name in there if name.startswith("val/") and name != "val/num_images"]
    return [LOSS] * (LOSS in there) + [name for name in figures if not _PER_CLASS.search(name)]


def _draw_panel(axes: Axes, name: str, runs: Mapping[str, Mapping[str, Curve]]) -> None:
    for label, curves in runs.items():
        # What an untrained network reaches would set the scale, and says nothing.
        steps = [step for step in sorted(curves.get(name, {})) if step > 0]
        marker = "o" if name.startswith("val/") else ""
        axes.plot(steps, [curves[name][step] for step in steps], marker=marker, ms=3, label=label)
    if name.startswith("train/loss"):
        axes.set_yscale("log")
    axes.set_title(name)
    axes.set_xlabel("iteration")
    axes.grid(alpha=0.3)
