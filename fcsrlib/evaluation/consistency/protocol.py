"""The protocol of Fig. 6: every face under several drawn holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.consistency.agreement import AGREEMENT
from fcsrlib.evaluation.consistency.trial import ConsistencyTrial
from fcsrlib.evaluation.entrant import load_entrants
from fcsrlib.evaluation.faces import open_faces
from fcsrlib.evaluation.hole_protocol import list_inputs
from fcsrlib.evaluation.layouts import format_figure
from fcsrlib.evaluation.measuring import Measuring
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.evaluation.protocol import Layout, Panel, Table
from fcsrlib.evaluation.publish import begin_results, publish
from fcsrlib.evaluation.request import Request
from fcsrlib.evaluation.results import describe_conditions, make_figures
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import draw_sheet

_SHEET_FACES = 4
_MAX_HOLES = 64


@dataclass(frozen=True)
class ConsistencyProtocol:
    """How much the restorations of one face differ when other parts of it are hidden.

    Attributes:
        name: What ``tools/evaluate.py`` calls it.
        title: Heading of its table and plot.
        hole: What each hole is drawn from.
        options: ``num_holes``, holes a face.
    """

    name: str
    title: str
    hole: Condition
    options: Mapping[str, Any] = field(default_factory=lambda: {"num_holes": 8})

    def evaluate(self, request: Request) -> dict[str, Any]:
        """Compare the restorations of every face; write and return the results.

        Raises:
            FCSRError: Options, configs, checkpoints, data or folder do not fit; nothing is written
                then.
        """
        num_holes = _check_count(request.options["num_holes"])
        folder = request.choose_folder(self.name)
        faces = open_faces(request.pairs[0][0], request.data_root, request.max_images, 1)
        entrants = load_entrants(request.pairs)
        scorer = Scorer(request.channel, request.crop_px, entrants[0].generator.hr_side)
        trial = ConsistencyTrial(entrants, scorer, self.hole, num_holes, faces.seed, _SHEET_FACES)
        inputs = list_inputs(self.name, [self.hole], {self.hole.name: faces}, scorer, entrants)
        store = PartStore(folder, {**inputs, "num_holes": num_holes})
        measuring = Measuring(store, len(faces), request.say)
        measuring.run(faces, [self.hole.name], trial.run, request.batch_size)
        collection = measuring.collection
        stated = {"channel": scorer.channel, "crop_px": scorer.crop_px, "seed": faces.seed}
        results = {
            **begin_results(self, scorer, entrants, faces.seed),
            "data": faces.data,
            "num_images": len(faces) - len(measuring.skipped),
            "skipped": measuring.skipped,
            "num_holes": num_holes,
            "references": trial.references,
            "conditions": describe_conditions([self.hole], collection, {}),
            "figures": make_figures([self.hole], collection, trial.columns, stated),
        }
        pictures = {
            (key.partition("/")[0], key.partition("/")[2]): picture
            for (_, key), picture in collection.pictures.items()
        }
        columns = [(str(draw), f"hole {draw + 1}") for draw in range(num_holes)]
        sheet = draw_sheet(pictures, columns, trial.picture_rows, _SHEET_FACES, scorer.hr_side)
        holes = collection.gather([self.hole.name])
        publish(folder, results, lay_out(results), sheet, request.say, holes)
        store.remove()
        return results


def lay_out(results: Mapping[str, Any]) -> Layout:
    """Lay out one row a method, and a panel for agreement and for spread.

    Networks that complete only are compared at low resolution, where other numbers are usual: they
    have a table of their own, and bars only where no network restores.
    """
    small = {entrant["method"] for entrant in results["entrants"] if not entrant["restores"]}
    restored = [row for row in results["figures"] if row["method"] not in small]
    completed = [row for row in results["figures"] if row["method"] in small]
    title = f"{results['num_holes']} holes a face"
    tables = [_make_table(title, restored), _make_table(f"{title}, at low resolution", completed)]
    plotted = restored or completed
    methods = tuple(row["method"] for row in plotted)
    panels = [
        Panel(AGREEMENT[score], methods, {"mean over faces": tuple(row[score] for row in plotted)})
        for score in ("pair_psnr", "spread_levels")
    ]
    return Layout(tuple(table for table in tables if table.rows), tuple(panels))


def _make_table(title: str, figures: Sequence[Mapping[str, Any]]) -> Table:
    scores = [name for name in AGREEMENT if any(row.get(name) is not None for row in figures)]
    rows = [
        (row["method"], *(format_figure(score, row.get(score)) for score in scores))
        for row in figures
    ]
    return Table(title, ("", *(AGREEMENT[score] for score in scores)), tuple(rows))


def _check_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 2 <= value <= _MAX_HOLES:
        raise ConfigError(f"--num-holes is {value!r}; expected 2 to {_MAX_HOLES} holes a face.")
    return value
