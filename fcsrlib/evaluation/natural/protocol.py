"""The protocol of Fig. 12 and 13: faces without a truth, and the masks of what covers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fcsrlib.data import FaceDataset
from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.entrant import load_entrants
from fcsrlib.evaluation.faces import Faces, check_count
from fcsrlib.evaluation.hole_protocol import list_inputs
from fcsrlib.evaluation.judges import REFERENCE_JUDGES, build_judges, describe_judges
from fcsrlib.evaluation.layouts import format_figure
from fcsrlib.evaluation.measuring import Measuring
from fcsrlib.evaluation.natural.covers import RULE
from fcsrlib.evaluation.natural.source import NaturalFaces, find_folder
from fcsrlib.evaluation.natural.trial import HIDDEN, VISIBLE, NaturalTrial
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.evaluation.protocol import METRICS, Layout, Panel, Table
from fcsrlib.evaluation.publish import begin_results, publish
from fcsrlib.evaluation.request import Request
from fcsrlib.evaluation.results import Collection, describe_conditions, make_figures
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import draw_sheet

_SHEET_FACES = 27
_GIVEN = Condition("given", "", {"kind": "given", "rule": RULE})
_LABELS = {HIDDEN: "hidden share", VISIBLE: "visible PSNR at low resolution (dB)"}


@dataclass(frozen=True)
class NaturalProtocol:
    """Restorations of faces under what really covers them.

    Attributes:
        name: What ``tools/evaluate.py`` calls it.
        title: Heading of its table and plot.
        options: ``masks`` and ``references``, folders, and the judges that need references.
    """

    name: str
    title: str
    options: Mapping[str, Any] = field(
        default_factory=lambda: {"masks": None, "references": None, **REFERENCE_JUDGES}
    )

    def evaluate(self, request: Request) -> dict[str, Any]:
        """Restore every face that has a mask; write and return the results.

        Raises:
            FCSRError: Options, configs, checkpoints, files or folder do not fit; nothing is
                written then.
        """
        options = request.options
        folder = request.choose_folder(self.name)
        check_count(request.max_images)
        judges = build_judges(options)
        if judges and not options["references"]:
            raise ConfigError("there is no truth to judge by; give --references FOLDER too.")
        folders = _find_folders(request)
        entrants = load_entrants(request.pairs)
        scorer = Scorer(request.channel, request.crop_px, entrants[0].generator.hr_side)
        source = NaturalFaces(**folders, side=scorer.hr_side, max_images=request.max_images)
        said = "; ".join(f"{name} from {path}" for name, path in folders.items() if path)
        faces = Faces(FaceDataset(source, replace_bad=False), said, [])
        trial = NaturalTrial(entrants, scorer, judges, _SHEET_FACES, bool(options["references"]))
        inputs = list_inputs(self.name, [_GIVEN], {_GIVEN.name: faces}, scorer, entrants)
        store = PartStore(folder, {**inputs, "judges": describe_judges(options)})
        measuring = Measuring(store, len(faces), request.say)
        measuring.run(faces, [_GIVEN.name], trial.run, request.batch_size)
        collection = measuring.collection
        results = {
            **begin_results(self, scorer, entrants, faces.seed),
            "data": said,
            "num_images": len(faces) - len(measuring.skipped),
            "skipped": measuring.skipped,
            "counts": source.counts,
            **_summarise(trial, collection),
        }
        sheet = draw_sheet(
            collection.pictures, [(_GIVEN.name, "")], trial.picture_rows, _SHEET_FACES, source.side
        )
        covers = collection.gather([_GIVEN.name])
        publish(folder, results, lay_out(results), sheet, request.say, covers)
        store.remove()
        return results


def _find_folders(request: Request) -> dict[str, Any]:
    """Return the folders of faces, masks and references; None where there are no references."""
    references = request.options["references"]
    return {
        "images": find_folder("--data-root", request.data_root),
        "masks": find_folder("--masks", request.options["masks"]),
        "references": find_folder("--references", references) if references else None,
    }


def _summarise(trial: NaturalTrial, collection: Collection) -> dict[str, Any]:
    stated = {"channel": trial.scorer.channel, "crop_px": trial.scorer.crop_px}
    return {
        "judges": [judge.protocol for judge in trial.judges],
        "references": trial.references,
        "conditions": describe_conditions([_GIVEN], collection, {}),
        "figures": make_figures([_GIVEN], collection, trial.columns, stated, trial.judges),
    }


def lay_out(results: Mapping[str, Any]) -> Layout:
    """Lay out one table, one row a method, and what there are of images, masks and references."""
    labels = {**_LABELS, **METRICS}
    figures = results["figures"]
    scores = [name for name in labels if any(row.get(name) is not None for row in figures)]
    rows = [
        (row["method"], *(format_figure(score, row.get(score)) for score in scores))
        for row in figures
    ]
    counts = [(name.replace("_", " "), str(count)) for name, count in results["counts"].items()]
    tables = (
        Table("Without a truth", ("", *(labels[score] for score in scores)), tuple(rows)),
        Table("Files", ("", "count"), tuple(counts)),
    )
    methods = tuple(row["method"] for row in figures)
    panels = [
        Panel(labels[score], methods, {"mean over faces": tuple(row.get(score) for row in figures)})
        for score in scores
        if score != HIDDEN
    ]
    return Layout(tables, tuple(panels[:2]))
