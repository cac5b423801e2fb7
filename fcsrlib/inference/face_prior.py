"""Loads a trained face prior network, and reads landmarks and parts off aligned faces with it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from torch import Tensor, nn
from torch.nn import functional

from fcsrlib.contracts import FacePriors
from fcsrlib.data.landmarks import mirror_label_swaps, mirror_permutation
from fcsrlib.engine.config import read_config
from fcsrlib.errors import ConfigError
from fcsrlib.metrics.landmarks import decode_heatmaps
from fcsrlib.models.weights import load_part_weights
from fcsrlib.registry import FACE_PRIORS


class FoundPriors(NamedTuple):
    """What a network found in faces.

    Attributes:
        landmarks: x, y in pixels of the face, float64 (N, K, 2).
        labels: Part of each pixel, uint8 (N, H, W).
    """

    landmarks: Tensor
    labels: Tensor


def load_face_prior(
    config: str | Path | Config, checkpoint: str | Path, device: str | torch.device = "cpu"
) -> nn.Module:
    """Return the face prior network of ``config`` in eval mode.

    Args:
        config: Config file with ``model.face_prior``, or such a config already read.
        checkpoint: File of trained weights; their moving average is used where it has one.
        device: Where the network shall run.

    Raises:
        ConfigError: The config cannot be read, or has no face prior.
        CheckpointError: The checkpoint cannot be read or is of another network.
    """
    if not isinstance(config, Config):
        config = read_config(config)
    part = config.model.get("face_prior")
    if not part:
        raise ConfigError(
            f"{config.filename} has no model.face_prior; name a config that trains one, for "
            "example configs/priors/compact_mixed.py."
        )
    own = {key: value for key, value in part.items() if key != "weights"}
    network: nn.Module = FACE_PRIORS.build(own)
    load_part_weights(network, checkpoint, "face_prior")
    return network.to(device).eval()


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
