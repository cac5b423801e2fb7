"""Makes the embedder of each kind of image: one for all kinds, or LightCNN-9 tuned for each."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import nn

from fcsrlib import __version__
from fcsrlib.engine.report import write_json
from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.faces import Faces
from fcsrlib.evaluation.identification.dlib_embedder import DlibEmbedder
from fcsrlib.evaluation.identification.fine_tuning import summarise_losses, tune
from fcsrlib.evaluation.identification.kinds import GROUND_TRUTH, Kind
from fcsrlib.evaluation.identification.options import DLIB, IdentificationOptions
from fcsrlib.evaluation.identification.starting_network import make_network
from fcsrlib.evaluation.identification.training_people import TrainingPeople, open_training_people
from fcsrlib.evaluation.progress import Progress
from fcsrlib.evaluation.request import Say
from fcsrlib.models.recognition import Embedder, LightCNNEmbedder
from fcsrlib.registry import MODELS

FOLDER = ".tuning"
_INPUTS = "inputs.json"


class FixedEmbedders:
    """One embedder for all kinds, as it is.

    Attributes:
        description: What results say of it.
        is_shared: Whether one embedder serves all kinds.

    Args:
        options: Of the request; ``embedder`` is ``dlib`` or a config.

    Raises:
        MissingExtraError: dlib is not installed.
        ConfigError: The config builds no embedder.
    """

    is_shared = True

    def __init__(self, options: IdentificationOptions) -> None:
        """Build the embedder."""
        if isinstance(options.embedder, Mapping):
            self.embedder = _build(options.embedder)
            own: dict[str, Any] = {"config": dict(options.embedder)}
            network = getattr(self.embedder, "network", None)
            if isinstance(network, nn.Module):
                own["sha256"] = digest_weights(network)
        else:
            self.embedder = DlibEmbedder()
            own = self.embedder.description
        self.description: dict[str, Any] = {
            "name": DLIB if options.embedder == DLIB else type(self.embedder).__name__,
            "is_tuned": False,
            **own,
        }

    def make(self, kinds: Sequence[Kind], batch_size: int) -> dict[str, Embedder]:
        """Return kind → embedder."""
        return dict.fromkeys((kind.name for kind in kinds), self.embedder)

    def remove(self) -> None:
        """Delete what was kept for a resumption: nothing."""


class TunedEmbedders:
    """LightCNN-9, fine-tuned for each kind on the training people (Sec. 4.3.6).

    Attributes:
        description: What results say of it.
        is_shared: Whether one embedder serves all kinds.

    Args:
        options: Of the request.
        config: As :func:`fcsrlib.evaluation.faces.open_faces` left it.
        test: The test faces.
        inputs: What the images of all kinds follow from, as JSON has it.
        out: Folder of the results; states of the tuning are kept below it.
        say: Takes lines on how far it is.

    Raises:
        FCSRError: There are not enough training people, the starting weights do not fit, or the
            folder holds an interrupted tuning of other inputs.
    """

    is_shared = False

    def __init__(
        self,
        options: IdentificationOptions,
        config: Config,
        test: Faces,
        inputs: Mapping[str, Any],
        out: Path,
        say: Say,
    ) -> None:
        """Open the training people and check the starting weights."""
        self.options, self.folder, self.say = options, out / FOLDER, say
        self.people: TrainingPeople = open_training_people(config, test, options.tune.min_images)
        weights = options.embedder_weights
        start = make_network(self.people.num_people, weights, test.seed)
        self.description: dict[str, Any] = {
            "name": "LightCNN-9",
            "is_tuned": options.tune.iters > 0,
            "starting_weights": Path(weights).name if weights else None,
            "starting_sha256": digest_weights(start.trunk),
            "seed": test.seed,
            "training": self.people.describe(),
            "schedule": {**asdict(options.tune), "optimizer": "Adam, lr to zero by a cosine"},
            "kinds": {},
        }
        self.inputs = json.loads(
            json.dumps({"fcsrlib": __version__, **inputs, **self.description}, default=str)
        )
        _check_inputs(self.folder, self.inputs)

    def make(self, kinds: Sequence[Kind], batch_size: int) -> dict[str, Embedder]:
        """Tune a network for each kind, or take up where that was interrupted.

        Returns:
            Kind → embedder.
        """
        if self.options.tune.iters:
            write_json(self.inputs, self.folder / _INPUTS)
        return {
            kind.name: self._tune(kind, self.folder / f"kind-{number}", batch_size)
            for number, kind in enumerate(kinds)
        }

    def remove(self) -> None:
        """Delete what was kept for a resumption."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tune(self, kind: Kind, folder: Path, batch_size: int) -> LightCNNEmbedder:
        options, seed = self.options.tune, self.people.seed
        network = make_network(self.people.num_people, self.options.embedder_weights, seed)
        if options.iters:
            views = 1 if kind.kind == GROUND_TRUTH else options.views
            pool = self.people.make_pool(folder, views)
            progress = Progress(f"{kind.name}: training faces", pool.total, pool.count(), self.say)
            pool.fill(lambda rows: self.people.make_rows(kind, rows), batch_size, progress.tell)
            self.say(f"{kind.name}: tuning LightCNN-9 on {self.people.num_people} people")
            losses = tune(network, pool, options, seed, folder / "state.pth", self.say)
            summary = summarise_losses(losses)
            self.say(f"{kind.name}: loss {summary['first_loss']:.3f} to {summary['last_loss']:.3f}")
            digest = digest_weights(network.trunk)
            self.description["kinds"][kind.name] = {**summary, "sha256": digest}
        return LightCNNEmbedder(network)


def digest_weights(network: nn.Module) -> str:
    """Return the sha256 of a network's weights, names and all."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _build(config: Mapping[str, Any]) -> Embedder:
    kind = config.get("type")
    if not isinstance(kind, str) or kind not in MODELS:
        raise ConfigError(f"--embedder is {dict(config)}; no model of that type is registered.")
    try:
        built = MODELS.build(dict(config))
    except TypeError as error:  # an argument that the class does not know, or one it lacks
        raise ConfigError(f"--embedder is {dict(config)}: {error}.") from error
    if not isinstance(built, Embedder):
        raise ConfigError(f"--embedder builds {kind}, which has no embed(images, landmarks).")
    return built


def _check_inputs(folder: Path, inputs: Mapping[str, Any]) -> None:
    if not (folder / _INPUTS).is_file():
        return
    try:
        stored = json.loads((folder / _INPUTS).read_text(encoding="utf-8"))
    except ValueError:
        stored = {}
    if stored != inputs:
        differing = [key for key in inputs if stored.get(key) != inputs[key]]
        raise ConfigError(
            f"{folder} holds an interrupted tuning with another {', '.join(differing)}; delete "
            "that folder, or give another --out."
        )
