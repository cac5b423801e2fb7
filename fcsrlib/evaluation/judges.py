"""Networks that judge restored faces beside PSNR and MSSIM, built from a request's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fcsrlib.errors import ConfigError
from fcsrlib.inference.face_prior import load_face_prior
from fcsrlib.metrics import FaceAccuracy, FaceScorer, IdentitySimilarity, PerceptualDistance
from fcsrlib.registry import MODELS

REFERENCE_JUDGES: Mapping[str, Any] = {
    "face_prior": None,
    "embedder": None,
    "embedder_weights": None,
}
"""Options of judges that compare with any image of the person, name → default."""

JUDGES: Mapping[str, Any] = {"perceptual": False, **REFERENCE_JUDGES}
"""Options of all judges, name → default."""

_LIGHT_CNN, _DLIB = "lightcnn9", "dlib"


def build_judges(options: Mapping[str, Any]) -> list[FaceScorer]:
    """Build what the options ask for.

    Args:
        options: ``perceptual``, whether to; ``face_prior``, a release, or a config and a
            checkpoint of one; ``embedder``, ``lightcnn9`` with ``embedder_weights``, ``dlib``, or
            the config of a registered one.

    Raises:
        ConfigError: An option cannot be read, or two do not fit.
        CheckpointError: Weights cannot be loaded.
    """
    judges: list[FaceScorer] = []
    if options.get("perceptual"):
        judges.append(PerceptualDistance())
    if options.get("face_prior"):
        judges.append(FaceAccuracy(load_face_prior(options["face_prior"])))
    if options.get("embedder"):
        judges.append(_build_embedder(options["embedder"], options.get("embedder_weights")))
    elif options.get("embedder_weights"):
        raise ConfigError("--embedder-weights has no embedder; give --embedder lightcnn9 too.")
    return judges


def describe_judges(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the judges' scores follow from, as text."""
    given = {name: options[name] for name in JUDGES if options.get(name)}
    return {
        name: " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        for name, value in given.items()
    }


def _build_embedder(embedder: str | Mapping[str, Any], weights: str | None) -> IdentitySimilarity:
    if isinstance(embedder, Mapping):
        if not isinstance(embedder.get("type"), str) or embedder["type"] not in MODELS:
            raise ConfigError(f"--embedder is {embedder}; no model of that type is registered.")
        return IdentitySimilarity(dict(embedder))
    if embedder == _LIGHT_CNN:
        if not weights:
            raise ConfigError(
                "--embedder lightcnn9 has no weights, and untrained it knows nobody; give "
                "--embedder-weights FILE."
            )
        return IdentitySimilarity({"type": "LightCNNEmbedder", "weights": str(weights)})
    if embedder == _DLIB and weights:
        raise ConfigError("--embedder dlib has weights of its own; leave out --embedder-weights.")
    if embedder == _DLIB:
        from fcsrlib.evaluation.identification.dlib_embedder import DlibEmbedder

        return IdentitySimilarity(DlibEmbedder())
    raise ConfigError(
        f"--embedder is '{embedder}'; expected {_LIGHT_CNN}, {_DLIB} or a config such as "
        "{'type': 'LightCNNEmbedder', 'weights': 'light.pth'}."
    )
