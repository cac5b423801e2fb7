"""Runs a protocol of the paper and writes its numbers, table, plot and sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib.evaluation.protocols import find_protocol
from fcsrlib.evaluation.request import Request, Say


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
        pairs: Config and checkpoint of each network; the faces are those of the first config.
        data_root: Faces to measure on instead of the config's.
        out: Folder for the results; default ``<first checkpoint>.<protocol>``.
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
    request = Request(
        tuple(pairs), data_root, out, max_images, batch_size, channel, crop_px, say, options or {}
    )
    return chosen.evaluate(request.complete(chosen.name, chosen.options))
