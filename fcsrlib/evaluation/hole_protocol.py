"""Protocols that hide faces under each of some conditions and score every network on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fcsrlib import __version__
from fcsrlib.evaluation.conditions import Condition
from fcsrlib.evaluation.entrant import Entrant, load_entrants
from fcsrlib.evaluation.faces import Faces, open_faces
from fcsrlib.evaluation.judges import JUDGES, build_judges, describe_judges
from fcsrlib.evaluation.measuring import Measuring
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.evaluation.protocol import Layout
from fcsrlib.evaluation.publish import begin_results, publish
from fcsrlib.evaluation.request import Request
from fcsrlib.evaluation.results import (
    average_conditions,
    describe_conditions,
    make_figures,
)
from fcsrlib.evaluation.scoring import Scorer
from fcsrlib.evaluation.sheet import draw_sheet
from fcsrlib.evaluation.trial import Trial

_SHEET_COLUMNS = 18
_MAX_SHEET_FACES = 9

ChooseFaces = Callable[[Request, Sequence[str], int], Mapping[str, Faces]]


def open_same_faces(
    request: Request, conditions: Sequence[str], min_images: int
) -> Mapping[str, Faces]:
    """Open the faces of the request's first config, the same for all conditions.

    Raises:
        FCSRError: As :func:`fcsrlib.evaluation.faces.open_faces`.
    """
    config = request.pairs[0][0]
    faces = open_faces(config, request.data_root, request.max_images, min_images)
    return dict.fromkeys(conditions, faces)


@dataclass(frozen=True)
class HoleProtocol:
    """Hole conditions, the paper's numbers, and how the two are laid out.

    Attributes:
        name: What ``tools/evaluate.py`` calls it.
        title: Heading of its table and plot.
        conditions: The holes, in order.
        lay_out: Turns results (the content of ``results.json``) into tables and panels.
        paper: The paper's own numbers; ``lay_out`` knows their form.
        min_images: Faces that it needs at least.
        options: Its own options, name → default; those of the judges, and more where it needs them.
        choose_faces: Opens the faces of each condition, by its name.
        summarise: Turns results into what is added to them.
    """

    name: str
    title: str
    conditions: tuple[Condition, ...]
    lay_out: Callable[[Mapping[str, Any]], Layout]
    paper: Any = field(default_factory=dict)
    min_images: int = 1
    options: Mapping[str, Any] = field(default_factory=lambda: dict(JUDGES))
    choose_faces: ChooseFaces = open_same_faces
    summarise: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda results: {}

    def evaluate(self, request: Request) -> dict[str, Any]:
        """Score all networks on all faces under all conditions; write and return the results.

        Raises:
            FCSRError: Configs, checkpoints, data or folder do not fit; nothing is written then.
        """
        folder = request.choose_folder(self.name)
        faces = self.choose_faces(request, [one.name for one in self.conditions], self.min_images)
        judges = build_judges(request.options)
        entrants = load_entrants(request.pairs)
        scorer = Scorer(request.channel, request.crop_px, entrants[0].generator.hr_side)
        num_pictured = min(max(_SHEET_COLUMNS // len(self.conditions), 1), _MAX_SHEET_FACES)
        trial = Trial(entrants, scorer, _first(faces).seed, num_pictured, judges)
        inputs = list_inputs(self.name, self.conditions, faces, scorer, entrants)
        store = PartStore(folder, {**inputs, "judges": describe_judges(request.options)})
        measuring = self._measure(request, faces, trial, store)
        results = self._make_results(faces, trial, measuring, entrants)
        results |= self.summarise(results)
        collection = measuring.collection
        labels = [(condition.name, condition.label) for condition in self.conditions]
        sheet = draw_sheet(
            collection.pictures, labels, trial.picture_rows, num_pictured, scorer.hr_side
        )
        drawn = [one.name for one in self.conditions if not one.is_fixed]
        holes = collection.gather(drawn)
        publish(folder, results, self.lay_out(results), sheet, request.say, holes)
        store.remove()
        return results

    def _measure(
        self, request: Request, faces: Mapping[str, Faces], trial: Trial, store: PartStore
    ) -> Measuring:
        total = sum(len(one) for one in faces.values())
        measuring = Measuring(store, total, request.say)
        for group in dict.fromkeys(faces.values()):
            chosen = {one.name: one for one in self.conditions if faces[one.name] is group}
            measuring.run(
                group,
                list(chosen),
                lambda name, batch, chosen=chosen: trial.run(chosen[name], batch),  # type: ignore[misc]
                request.batch_size,
                lambda sample, chosen=chosen: trial.check(list(chosen.values()), sample),  # type: ignore[misc]
            )
        return measuring

    def _make_results(
        self,
        faces: Mapping[str, Faces],
        trial: Trial,
        measuring: Measuring,
        entrants: Sequence[Entrant],
    ) -> dict[str, Any]:
        scorer, groups = trial.scorer, list(dict.fromkeys(faces.values()))
        stated = {"channel": scorer.channel, "crop_px": scorer.crop_px, "seed": trial.seed}
        figures = make_figures(
            self.conditions, measuring.collection, trial.columns, stated, trial.judges
        )
        data = {name: one.data for name, one in faces.items()} if len(groups) > 1 else {}
        return {
            **begin_results(self, scorer, entrants, trial.seed),
            "data": "; ".join(group.data for group in groups),
            "num_images": sum(map(len, groups)) - len(measuring.skipped),
            "skipped": measuring.skipped,
            "judges": [judge.protocol for judge in trial.judges],
            "references": trial.references,
            "conditions": describe_conditions(self.conditions, measuring.collection, data),
            "figures": figures,
            "averages": average_conditions(figures),
            "paper": self.paper,
        }


def list_inputs(
    protocol: str,
    conditions: Sequence[Condition],
    faces: Mapping[str, Faces],
    scorer: Scorer,
    entrants: Sequence[Entrant],
) -> dict[str, Any]:
    """Return everything that the scores follow from, under names that errors can use."""
    groups = dict.fromkeys(faces.values())
    return {
        "fcsrlib": __version__,
        "protocol": protocol,
        "conditions": [[one.name, dict(one.hole)] for one in conditions],
        "networks": [[one.description, one.parts, one.preprocessor] for one in entrants],
        "data": [[one.data, len(one), one.pipeline, *one.names] for one in groups],
        "seed": _first(faces).seed,
        "channel": scorer.channel,
        "crop": scorer.crop_px,
    }


def _first(faces: Mapping[str, Faces]) -> Faces:
    return next(iter(faces.values()))
