"""Loads a trained face prior network, and reads landmarks and parts off aligned faces with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import FacePriors
from fcsrlib.data.landmarks import mirror_label_swaps, mirror_permutation
from fcsrlib.engine.config import read_config
from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.inference.releases.release_file import build_release, read_release
from fcsrlib.inference.weights import resolve_weights
from fcsrlib.metrics.landmarks import decode_heatmaps
from fcsrlib.models.weights import load_part_weights
from fcsrlib.registry import FACE_PRIORS

DEFAULT_FACE_PRIOR = "compact_prior"


class FoundPriors(NamedTuple):
    """What a network found in faces.

    Attributes:
        landmarks: x, y in pixels of the face, float64 (N, K, 2).
        labels: Part of each pixel, uint8 (N, H, W).
    """

    landmarks: Tensor
    labels: Tensor


def locate_face_prior(spec: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """Return the files of a trained face prior: a release file, or a config and a checkpoint.

    Args:
        spec: Name, path or URL of a release, alone or in a list; or a config and a checkpoint.

    Raises:
        ConfigError: It is neither one nor two.
        CheckpointError: There is no such release, or it cannot be fetched.
    """
    parts = (spec,) if isinstance(spec, (str, Path)) else tuple(spec)
    if len(parts) == 1:
        return (resolve_weights(parts[0]),)
    if len(parts) == 2:
        return Path(parts[0]), Path(parts[1])
    raise ConfigError(
        f"the face prior is {list(parts)}; expected a release such as {DEFAULT_FACE_PRIOR}, or a "
        "config and a checkpoint."
    )


def load_face_prior(
    spec: str | Path | Sequence[str | Path], device: str | torch.device = "cpu"
) -> nn.Module:
    """Return a trained face prior network in eval mode.

    Args:
        spec: See :func:`locate_face_prior`. A checkpoint's moving average is used where it has one.
        device: Where the network shall run.

    Raises:
        ConfigError: The config cannot be read or has no face prior, or ``spec`` is malformed.
        CheckpointError: The weights cannot be read or are of another network.
        ContractError: The release is of another kind.
    """
    files = locate_face_prior(spec)
    if len(files) == 1:
        return _load_release(files[0], device)
    config = read_config(files[0])
    part = config.model.get("face_prior")
    if not part:
        raise ConfigError(
            f"{config.filename} has no model.face_prior; name a config that trains one, for "
            "example configs/priors/compact_mixed.py."
        )
    own = {key: value for key, value in part.items() if key != "weights"}
    network: nn.Module = FACE_PRIORS.build(own)
    load_part_weights(network, files[1], "face_prior")
    return network.to(device).eval()


def _load_release(path: Path, device: str | torch.device) -> nn.Module:
    kind = read_release(path)[0].kind
    if kind != "face_prior":
        raise ContractError(f"{path} is a release of kind '{kind}'; expected a face prior.")
    return build_release(path, device)


@torch.no_grad()
def find_priors(network: nn.Module, faces: Tensor, with_mirror: bool = True) -> FoundPriors:
    """Return landmarks and parts of faces (N, 3, H, W) in [0, 1].

    Args:
        network: Of slot FACE_PRIORS.
        faces: Aligned faces as the network was trained on.
        with_mirror: Average the maps with those of the mirrored faces, mirrored back.
    """
    found: FacePriors = network(faces)
    heatmaps, logits = found.landmarks.float(), found.parsing.float()
    if with_mirror:
        mirrored: FacePriors = network(faces.flip(-1))
        points = list(mirror_permutation(heatmaps.shape[1]))
        classes = list(range(logits.shape[1]))
        for one, other in mirror_label_swaps(len(classes)):
            classes[one], classes[other] = other, one
        heatmaps = (heatmaps + mirrored.landmarks.float().flip(-1)[:, points]) / 2
        logits = (logits + mirrored.parsing.float().flip(-1)[:, classes]) / 2
    size = faces.shape[-2:]
    enlarged = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    return FoundPriors(decode_heatmaps(heatmaps, size[-1]), enlarged.argmax(1).byte())
