"""Sec. 4.3.5: networks trained on one data set, measured on it and on another."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.faces import Faces, open_faces
from fcsrlib.evaluation.hole_protocol import HoleProtocol
from fcsrlib.evaluation.judges import JUDGES
from fcsrlib.evaluation.layouts import choose_plotted, format_figure
from fcsrlib.evaluation.protocol import METRICS, PAPER, Layout, Panel, Table
from fcsrlib.evaluation.request import Request

_OWN, _OTHER = "own", "other"


def open_both(request: Request, conditions: Sequence[str], min_images: int) -> Mapping[str, Faces]:
    """Open the faces that the networks were trained on, and those of ``cross_root``.

    Raises:
        ConfigError: No ``cross_root``.
        FCSRError: As :func:`fcsrlib.evaluation.faces.open_faces`.
    """
    other = request.options["cross_root"]
    if not other:
        raise ConfigError("cross needs a second data set; give --cross-root FOLDER.")
    if not Path(other).is_dir():
        raise DataError(f"--cross-root {other} is no folder; give the second data set's.")
    roots = dict(zip(conditions, (request.data_root, other), strict=True))
    # Opening changes a config: each data set gets one of its own.
    return {
        name: open_faces(copy.deepcopy(request.pairs[0][0]), root, request.max_images, min_images)
        for name, root in roots.items()
    }


def subtract(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``differences``: each method's metrics on the other data set minus on its own."""
    rows = {(row["method"], row["condition"]): row for row in results["figures"]}
    differences = []
    for method in dict.fromkeys(row["method"] for row in results["figures"]):
        own, other = rows[method, _OWN], rows[method, _OTHER]
        known = [one for one in METRICS if None not in (own.get(one), other.get(one))]
        differences.append(
            {"method": method, **{metric: other[metric] - own[metric] for metric in known}}
        )
    return {"differences": differences}


def lay_out(results: Mapping[str, Any]) -> Layout:
    """Lay out three rows a method: on its own data set, on the other, and the difference."""
    metrics = [one for one in METRICS if any(one in row for row in results["figures"])]
    header = ("", "faces", *(METRICS[metric] for metric in metrics))
    lines = [(PAPER, results["paper"]["data"][0], results["paper"][_OWN])]
    lines += [(PAPER, results["paper"]["data"][1], results["paper"][_OTHER])]
    for difference in results["differences"]:
        method = difference["method"]
        found = [row for row in results["figures"] if row["method"] == method]
        lines += [(method, row["condition"], row) for row in found]
        lines.append((method, "difference", difference))
    rows = [
        (method, faces, *(format_figure(metric, row.get(metric)) for metric in metrics))
        for method, faces, row in lines
    ]
    methods = tuple(difference["method"] for difference in results["differences"])
    values = {(row["method"], row["condition"]): row for row in results["figures"]}
    panels = [
        Panel(
            METRICS[metric],
            methods,
            {
                condition["label"]: tuple(
                    values[method, condition["name"]].get(metric) for method in methods
                )
                for condition in results["conditions"]
            },
        )
        for metric in choose_plotted(results)
    ]
    return Layout((Table("Own and other faces", header, tuple(rows)),), tuple(panels))


CROSS = HoleProtocol(
    name="cross",
    title="Across data sets (Sec. 4.3.5), a quarter of the area hidden",
    conditions=(
        Condition(_OWN, "own faces", {"kind": "random_quarter"}),
        Condition(_OTHER, "other faces", {"kind": "random_quarter"}),
    ),
    lay_out=lay_out,
    paper={
        "method": "GFC + SRResNet x4",
        "data": ["CelebA", "Helen"],
        _OWN: {"psnr": 22.23, "mssim": 0.657},
        _OTHER: {"psnr": 21.72, "mssim": 0.628},
    },
    options={"cross_root": None, **JUDGES},
    choose_faces=open_both,
    summarise=subtract,
)
