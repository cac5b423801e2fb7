"""What can be asked of an identification, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fcsrlib.engine.config import parse_overrides
from fcsrlib.errors import ConfigError

GALLERIES = ("same", "ground_truth")
LIGHT_CNN, DLIB = "lightcnn9", "dlib"
OPTIONS: Mapping[str, Any] = {
    "embedder": LIGHT_CNN,
    "embedder_weights": None,
    "gallery": "same",
    "gallery_draws": 10,
    "tune": {},
}
"""Options of the protocol, name → default."""


@dataclass(frozen=True)
class TuneOptions:
    """How LightCNN-9 is fine-tuned: what ``--tune`` sets.

    Attributes:
        iters: Batches for each kind of image.
        batch_size: Faces a batch.
        lr: Adam's learning rate, which falls to zero along a cosine.
        min_images: Images that a training person needs to take part.
        views: Holes drawn for each training image.
        bf16: Compute in bfloat16, which newer processors do faster.
    """

    iters: int = 2000
    batch_size: int = 32
    lr: float = 3e-4
    min_images: int = 5
    views: int = 2
    bf16: bool = False


@dataclass(frozen=True)
class IdentificationOptions:
    """The options of a request.

    Attributes:
        embedder: ``lightcnn9``, ``dlib``, or a config of a registered embedder.
        embedder_weights: LightCNN-9 to start from; None: random weights.
        gallery: ``same`` kind of image as the probes, or ``ground_truth``.
        gallery_draws: Galleries drawn.
        tune: Schedule of the fine-tuning.
    """

    embedder: str | Mapping[str, Any]
    embedder_weights: str | None
    gallery: str
    gallery_draws: int
    tune: TuneOptions


def check_options(options: Mapping[str, Any]) -> IdentificationOptions:
    """Return the options of a request.

    Raises:
        ConfigError: One of them is unknown or out of range.
    """
    embedder, weights = options["embedder"], options["embedder_weights"]
    if not isinstance(embedder, Mapping) and embedder not in (LIGHT_CNN, DLIB):
        raise ConfigError(
            f"--embedder is '{embedder}'; expected {LIGHT_CNN}, {DLIB} or a config such as "
            "{'type': 'LightCNNEmbedder', 'weights': 'light.pth'}."
        )
    if weights is not None and embedder != LIGHT_CNN:
        raise ConfigError(f"--embedder-weights is for {LIGHT_CNN} only; leave it out.")
    if options["gallery"] not in GALLERIES:
        raise ConfigError(
            f"--gallery is '{options['gallery']}'; expected one of {', '.join(GALLERIES)}."
        )
    draws = options["gallery_draws"]
    if draws < 1:
        raise ConfigError(f"--gallery-draws is {draws}; expected at least 1.")
    tune = _check_tune(_parse_tune(options["tune"]))
    if embedder != LIGHT_CNN and options["tune"]:
        raise ConfigError(f"--tune is for {LIGHT_CNN} only; other embedders are not tuned.")
    if embedder == LIGHT_CNN and weights is None and not tune.iters:
        raise ConfigError(
            "--tune iters is 0 and there are no --embedder-weights: LightCNN-9 would be random; "
            "give one of the two."
        )
    return IdentificationOptions(embedder, weights, options["gallery"], draws, tune)


def _parse_tune(given: Mapping[str, Any] | Sequence[str]) -> Mapping[str, Any]:
    """Return a mapping, also for the ``KEY=VALUE`` pairs of a command line."""
    if isinstance(given, Mapping):
        return given
    malformed = [pair for pair in given if not pair.partition("=")[2]]
    if malformed:
        raise ConfigError(f"--tune got '{malformed[0]}'; expected KEY=VALUE.")
    return parse_overrides(given)


def _check_tune(values: Mapping[str, Any]) -> TuneOptions:
    defaults = TuneOptions()
    for name, value in values.items():
        known = vars(defaults)
        if name not in known:
            raise ConfigError(f"--tune has no '{name}'; expected some of {', '.join(known)}.")
        wanted = type(known[name])
        allowed = (float, int) if wanted is float else wanted
        if not isinstance(value, allowed) or isinstance(value, bool) != (wanted is bool):
            raise ConfigError(f"--tune {name} is {value!r}; expected {wanted.__name__}.")
    tune = TuneOptions(**values)
    if tune.iters < 0 or tune.batch_size < 1 or not tune.lr > 0 or tune.views < 1:
        raise ConfigError(
            f"--tune has iters {tune.iters}, batch_size {tune.batch_size}, lr {tune.lr}, views "
            f"{tune.views}; expected at least 0, at least 1, more than 0 and at least 1."
        )
    return tune
