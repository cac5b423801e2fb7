"""The protocol `identification`: Fig. 11 of the paper as one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fcsrlib import __version__
from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.entrant import group_by_feed, load_entrants
from fcsrlib.evaluation.faces import Faces, open_faces
from fcsrlib.evaluation.identification.embedders import FixedEmbedders, TunedEmbedders
from fcsrlib.evaluation.identification.experiment import (
    Experiment,
    draw_galleries,
    list_comparisons,
    list_inputs,
)
from fcsrlib.evaluation.identification.figures import lay_out
from fcsrlib.evaluation.identification.kinds import RESTORED, list_kinds
from fcsrlib.evaluation.identification.options import (
    LIGHT_CNN,
    OPTIONS,
    IdentificationOptions,
    check_options,
)
from fcsrlib.evaluation.identification.people import check_pairs, count_people, read_people
from fcsrlib.evaluation.measuring import Measuring
from fcsrlib.evaluation.part_store import PartStore
from fcsrlib.evaluation.publish import publish
from fcsrlib.evaluation.request import Request


@dataclass(frozen=True)
class Identification:
    """Closed-set identification of test people by occluded, restored and true faces (Fig. 11).

    Attributes:
        name: What ``tools/evaluate.py`` calls it.
        title: Heading of its table and plot.
        options: Its own options, name → default.
    """

    name: str
    title: str
    options: Mapping[str, Any] = field(default_factory=lambda: dict(OPTIONS))

    def evaluate(self, request: Request) -> dict[str, Any]:
        """Embed every kind of every test face, match, write and return the results.

        Raises:
            FCSRError: What is asked for cannot be measured; nothing is written then.
        """
        options = check_options(request.options)
        _refuse_scoring_options(request)
        folder = request.choose_folder(self.name)
        faces = open_faces(request.pairs[0][0], request.data_root, request.max_images, 2)
        people = read_people(faces.dataset.source)
        check_pairs(people)
        entrants = load_entrants(request.pairs)
        kinds = list_kinds(group_by_feed(entrants))
        inputs = list_inputs(faces, kinds)
        makers = self._open_embedders(request, options, faces, inputs)
        comparisons = list_comparisons(kinds, options.gallery, makers.is_shared)
        store = PartStore(
            folder,
            {"protocol": self.name, **inputs, "embedder": makers.description}
            | {"gallery": options.gallery, "people": people.tolist()},
        )
        next(store.read(), None)  # parts of other inputs are refused before anything is tuned
        embedders = makers.make(kinds, request.batch_size)
        stored = {name for one in comparisons for name in (one.probe, one.gallery)}
        # Its clock starts here: tuning is no part of what it estimates.
        measuring = Measuring(store, len(stored) * len(faces), request.say)
        experiment = Experiment(comparisons, embedders, faces, people, measuring)
        experiment.embed(request.batch_size)
        check_pairs(experiment.people)
        draws = draw_galleries(experiment.people, faces.seed, options.gallery_draws)
        results = {
            "fcsrlib": __version__,
            "protocol": self.name,
            "title": self.title,
            "statement": _state(options, makers.description, experiment),
            "remark": "Mean and deviation are over galleries.",
            "seed": faces.seed,
            "data": faces.data,
            "num_images": len(experiment.people),
            "skipped": list(dict.fromkeys(measuring.skipped)),
            "entrants": [entrant.description for entrant in entrants],
            "references": [kind.name for kind in kinds if kind.kind != RESTORED],
            "people": count_people(experiment.people),
            "embedder": makers.description,
            "gallery": options.gallery,
            "gallery_draws": options.gallery_draws,
            "figures": experiment.measure(draws),
            "paper": "bars without numbers",
        }
        publish(folder, results, lay_out(results), experiment.draw_sheet(draws[0]), request.say)
        makers.remove()
        store.remove()
        return results

    def _open_embedders(
        self,
        request: Request,
        options: IdentificationOptions,
        faces: Faces,
        inputs: Mapping[str, Any],
    ) -> FixedEmbedders | TunedEmbedders:
        if options.embedder != LIGHT_CNN:
            return FixedEmbedders(options)
        folder = request.choose_folder(self.name)
        return TunedEmbedders(options, request.pairs[0][0], faces, inputs, folder, request.say)


def _refuse_scoring_options(request: Request) -> None:
    if request.channel != "rgb" or request.crop_px:
        raise ConfigError(
            f"--channel is {request.channel} and --crop {request.crop_px}, but identification "
            "compares whole RGB faces; leave both out."
        )


def _state(
    options: IdentificationOptions, embedder: Mapping[str, Any], experiment: Experiment
) -> str:
    """Return what the numbers mean, to be written beside them."""
    counts = count_people(experiment.people)
    tuned = "not fine-tuned"
    if embedder["is_tuned"]:
        start = embedder["starting_weights"]
        start = f"from {start}" if start else "from random weights, no pretrained ones were given"
        tuned = f"fine-tuned for each kind of image {start}, {options.tune.iters} batches"
    gallery = "of the probes' kind" if options.gallery == "same" else "of true faces"
    return (
        f"{embedder['name']}, {tuned}; {options.gallery_draws} galleries {gallery}: one image of "
        f"each of {counts['people']} people, {counts['probes']} probes of "
        f"{counts['probed_people']} people"
    )
