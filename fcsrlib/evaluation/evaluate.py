"""Runs a protocol of the paper and writes its numbers, table, plot and sheet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from fcsrlib import __version__
from fcsrlib.data.sample import Sample
from fcsrlib.engine.report import write_json
from fcsrlib.engine.strip import write_picture
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.evaluation.entrant import Entrant, load_entrants
from fcsrlib.evaluation.faces import Faces, open_faces
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.evaluation.plot import write_plot
from fcsrlib.evaluation.protocol import Protocol
from fcsrlib.evaluation.protocols import find_protocol
from fcsrlib.evaluation.results import (
    Collection,
    average_conditions,
    describe_conditions,
    make_figures,
)
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import draw_sheet
from fcsrlib.evaluation.table import format_page
from fcsrlib.evaluation.trial import Trial

SECONDS_BETWEEN_LINES = 10.0
_SHEET_COLUMNS = 18
_MAX_SHEET_FACES = 9

Say = Callable[[str], None]


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

    Returns:
        What ``results.json`` holds.

    Raises:
        FCSRError: Protocol, configs, checkpoints, data or folder do not fit; nothing is written
            then.
    """
    chosen = find_protocol(protocol)
    if not pairs:
        raise ConfigError("no network to measure; give CONFIG CHECKPOINT, once or more.")
    if batch_size < 1:
        raise ConfigError(f"--batch-size is {batch_size}; expected at least 1.")
    folder = _choose_folder(out, pairs[0][1], protocol)
    faces = open_faces(pairs[0][0], data_root, max_images, chosen.min_images)
    entrants = load_entrants(pairs)
    scorer = Scorer(channel, crop_px, entrants[0].generator.hr_side)
    num_pictured = min(max(_SHEET_COLUMNS // len(chosen.conditions), 1), _MAX_SHEET_FACES)
    trial = Trial(entrants, scorer, faces.seed, num_pictured)
    inputs = _list_inputs(chosen, faces, scorer, entrants)
    store = PartStore(folder, inputs)
    collection, skipped = _measure(chosen, faces, trial, store, batch_size, say)
    results = _make_results(chosen, faces, scorer, trial, collection, entrants, skipped)
    _write(folder, chosen, results, trial, collection, scorer)
    store.remove()
    say(format_page(results, chosen.lay_out(results)))
    say(f"results  {folder / 'results.json'}\ntable    {folder / 'table.md'}")
    return results


def _choose_folder(out: str | Path | None, checkpoint: str | Path, protocol: str) -> Path:
    folder = Path(out) if out else Path(f"{checkpoint}.{protocol}")
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"--out {folder} is a file; give a folder.")
    return folder


def _list_inputs(
    protocol: Protocol, faces: Faces, scorer: Scorer, entrants: Sequence[Entrant]
) -> dict[str, Any]:
    """Return everything that the scores follow from, under names that errors can use."""
    return {
        "fcsrlib": __version__,
        "protocol": protocol.name,
        "conditions": [[one.name, dict(one.hole)] for one in protocol.conditions],
        "networks": [[one.description, one.parts, one.preprocessor] for one in entrants],
        "data": [faces.data, len(faces), faces.pipeline, *faces.names],
        "seed": faces.seed,
        "channel": scorer.channel,
        "crop": scorer.crop_px,
    }


def _measure(
    protocol: Protocol,
    faces: Faces,
    trial: Trial,
    store: PartStore,
    batch_size: int,
    say: Say,
) -> tuple[Collection, list[str]]:
    """Score what the store does not hold yet; return all scores and the undecodable files."""
    collection = Collection()
    for part in store.read():
        collection.take(part)
    if collection.count():
        say(f"resuming after {collection.count()} of {len(faces) * len(protocol.conditions)}")
    skipped: list[str] = []
    progress = _Progress(len(faces) * len(protocol.conditions), collection.count(), say)
    try:
        for batch in _read_batches(protocol, faces, collection, batch_size, skipped):
            trial.check(protocol.conditions, next(iter(batch.values())))
            for condition in protocol.conditions:
                missing = {
                    index: sample
                    for index, sample in batch.items()
                    if not collection.has(condition.name, index)
                }
                if missing:
                    part = trial.run(condition, missing)
                    store.add(part)
                    collection.take(part)
                    progress.tell(collection.count())
    except KeyboardInterrupt:
        say(f"stopped after {collection.count()}; the same command continues from there")
        raise
    if not collection.count():
        raise DataError(f"no face could be measured on {faces.data}; none decodes.")
    for name in skipped:
        say(f"left out: {name} does not decode")
    return collection, skipped


def _read_batches(
    protocol: Protocol,
    faces: Faces,
    collection: Collection,
    batch_size: int,
    skipped: list[str],
) -> Iterator[dict[int, Sample]]:
    """Yield number → face for those with a condition left; note what does not decode."""
    for start in range(0, len(faces), batch_size):
        batch = {}
        for index in range(start, min(start + batch_size, len(faces))):
            if all(collection.has(one.name, index) for one in protocol.conditions):
                continue
            sample = faces.read(index)
            if "name" in sample:
                batch[index] = sample
            else:
                skipped += sample["skipped"]
        if batch:
            yield batch


class _Progress:
    """Says every ten seconds how many pairs of face and condition are done."""

    def __init__(self, total: int, done: int, say: Say) -> None:
        self.total, self.begun_with, self.say = total, done, say
        self.start = self.last = time.monotonic()

    def tell(self, done: int) -> None:
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES:
            self.last = now
            left = (now - self.start) / (done - self.begun_with) * (self.total - done)
            self.say(f"measured {done} of {self.total}, {left:.0f} s left")


def _make_results(
    protocol: Protocol,
    faces: Faces,
    scorer: Scorer,
    trial: Trial,
    collection: Collection,
    entrants: Sequence[Entrant],
    skipped: list[str],
) -> dict[str, Any]:
    stated = {"channel": scorer.channel, "crop_px": scorer.crop_px, "seed": faces.seed}
    figures = make_figures(protocol.conditions, collection, trial.columns, stated)
    return {
        "fcsrlib": __version__,
        "protocol": protocol.name,
        "title": protocol.title,
        "statement": scorer.statement,
        **stated,
        "data": faces.data,
        "num_images": len(faces) - len(skipped),
        "skipped": skipped,
        "entrants": [entrant.description for entrant in entrants],
        "references": trial.references,
        "conditions": describe_conditions(protocol.conditions, collection),
        "figures": figures,
        "averages": average_conditions(figures),
        "paper": protocol.paper,
    }


def _write(
    folder: Path,
    protocol: Protocol,
    results: dict[str, Any],
    trial: Trial,
    collection: Collection,
    scorer: Scorer,
) -> None:
    layout = protocol.lay_out(results)
    labels = [(condition.name, condition.label) for condition in protocol.conditions]
    sheet = draw_sheet(
        collection.pictures, labels, trial.picture_rows, trial.num_pictured, scorer.hr_side
    )
    write_plot(protocol.title, layout.panels, trial.references, folder / "plot")
    write_picture(sheet, folder / "sheet.png")
    write_whole(format_page(results, layout).encode(), folder / "table.md")
    write_json(results, folder / "results.json")
