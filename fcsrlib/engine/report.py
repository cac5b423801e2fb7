"""Tables of figures, for the log, the terminal and metrics.json."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fcsrlib.engine.whole_file import write_whole

_COLUMNS = ("lr_psnr", "lr_hole_psnr", "psnr", "mssim", "hole_psnr")
_COLUMNS_OF_PRIORS = ("landmark_error", "parsing_miou")
_COLUMNS_OF_MASKS = ("mask_precision", "mask_recall", "false_area", "mask_iou")
_REFERENCES = ("bicubic", "telea_bicubic", "telea")


def format_scores(scores: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the validation figures of a run, one line a validation."""
    columns = _choose_columns(scores[-1]["figures"])
    rows = [
        [score["label"], *(_figure(score["figures"], column) for column in columns)]
        for score in scores
    ]
    return _table(["", *columns], rows)


def format_comparison(figures: Mapping[str, float]) -> str:
    """Lay out one set of figures, the network's own and its references', one line each."""
    columns = _choose_columns(figures)
    rows = [["this model", *(_figure(figures, column) for column in columns)]]
    for name in _REFERENCES:
        row = [_figure(figures, f"{name}/{column}") for column in columns]
        if any(cell != "-" for cell in row):
            rows.append([name, *row])
    return _table(["", *columns], rows)


def _choose_columns(figures: Mapping[str, float]) -> tuple[str, ...]:
    """Return the columns of restored faces, or those of a network that was trained alone."""
    if "lr_psnr" in figures or "psnr" in figures:
        return _COLUMNS
    alone = (own for own in (_COLUMNS_OF_PRIORS, _COLUMNS_OF_MASKS) if own[-1] in figures)
    return next(alone, _COLUMNS)


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write ``content`` whole or not at all; NaN and infinity become null.

    Raises:
        FCSRError: It cannot be written.
    """
    text = json.dumps(_plain(content), indent=2, allow_nan=False)
    write_whole(f"{text}\n".encode(), path)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _figure(figures: Mapping[str, float], key: str) -> str:
    value = figures.get(key)
    if value is None or value != value:
        return "-"
    is_share = any(name in key for name in ("mssim", *_COLUMNS_OF_PRIORS, *_COLUMNS_OF_MASKS))
    return f"{value:.4f}" if is_share else f"{value:.2f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
