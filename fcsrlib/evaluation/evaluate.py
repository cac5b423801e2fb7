"""Runs a protocol of the paper and writes its numbers, table, plot and sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib.evaluation.protocols import find_protocol
from fcsrlib.evaluation.request import Request, Say
from fcsrlib.inference.releases.table import read_release_table
from fcsrlib.inference.weights import resolve_weights


def evaluate(
    protocol: str,
    pairs: Sequence[tuple[Config, str | Path]],
    *,
    data_root: str | Path | None = None,
    out: str | Path | None = None,
    max_images: int | None = None,
    batch_size: int = 16,
    channel: str = "rgb",
    crop_px: int = 0,
    say: Say = lambda line: None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write ``results.json``, ``table.md``, ``plot.png``, ``plot.svg`` and ``sheet.png``.

    An interrupted evaluation continues where the same call finds its parts in ``<out>/.partial``.

    Args:
        protocol: Name out of :data:`fcsrlib.evaluation.protocols.PROTOCOLS`.
        pairs: Config of each network, and its checkpoint or the name of its release; the faces are
            those of the first config.
        data_root: Faces to measure on instead of the config's.
        out: Folder for the results; default ``<first checkpoint>.<protocol>``, in the
            working folder where that is a release by name.
        max_images: Measure the first images only.
        batch_size: Faces a batch; changes the speed, not the numbers.
        channel: ``rgb``, or ``y`` for BT.601 luma.
        crop_px: Border left out at HR.
        say: Takes lines on how far it is.
        options: The protocol's own options by name; see its ``options``.

    Returns:
        What ``results.json`` holds.

    Raises:
        FCSRError: Protocol, options, configs, checkpoints, data or folder do not fit; nothing is
            written then.
    """
    chosen = find_protocol(protocol)
    located = tuple((config, _locate(checkpoint)) for config, checkpoint in pairs)
    if out is None and pairs and located[0][1] != pairs[0][1]:
        out = f"{pairs[0][1]}.{protocol}"  # not beside a file of the library's own
    request = Request(
        located, data_root, out, max_images, batch_size, channel, crop_px, say, options or {}
    )
    return chosen.evaluate(request.complete(chosen.name, chosen.options))


def _locate(checkpoint: str | Path) -> str | Path:
    """Return the file of a released network; anything else as it is."""
    return resolve_weights(checkpoint) if checkpoint in read_release_table() else checkpoint
