"""Entrants: trained generators, loaded and described, and what they are fed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from torch import Tensor

from fcsrlib.data import FacePreprocessor, pack_faces
from fcsrlib.data.sample import Sample
from fcsrlib.degradation.holes import Mask
from fcsrlib.engine.config import complete_config
from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.history import find_caveats
from fcsrlib.inference.generator import load_generator
from fcsrlib.inference.releases.integrity import digest_file
from fcsrlib.models.composite import composite
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.models.weights import read_checkpoint
from fcsrlib.registry import MODELS


@dataclass(frozen=True)
class Entrant:
    """A generator that takes part.

    Attributes:
        description: What the results say of it; ``method`` is its name there.
        generator: In eval mode.
        parts: Config of the generator.
        preprocessor: Config of what makes its input.
        scale: HR side / LR side.
    """

    description: dict[str, Any]
    generator: FCSRGenerator
    parts: dict[str, Any]
    preprocessor: dict[str, Any]
    scale: int

    @property
    def method(self) -> str:
        """Name in the results."""
        return str(self.description["method"])

    @property
    def restores(self) -> bool:
        """Whether its SR part was trained; if not, it is measured at low resolution only."""
        return bool(self.description["restores"])

    @torch.no_grad()
    def run(self, lr_masked: Tensor, hole_mask: Tensor) -> dict[str, Tensor]:
        """Return what it makes of ``hr_restored`` and ``lr_composite``, on the CPU.

        The one is missing where SR was not trained, the other where SR comes first.
        """
        made: dict[str, Tensor | None]
        if self.restores:
            generated = self.generator(lr_masked, hole_mask)
            made = {
                "hr_restored": generated.hr_restored,
                "lr_composite": generated.lr_composite,
            }
        else:
            completion = self.generator.complete(lr_masked, hole_mask)
            made = {"lr_composite": composite(completion.image, lr_masked, hole_mask)}
        return {name: image.float().cpu() for name, image in made.items() if image is not None}


@dataclass(frozen=True)
class Feed:
    """One kind of low-resolution input, and the entrants that take it.

    Attributes:
        label: For example ``x8``; ``x8 at 128 px`` for input that was enlarged beforehand.
        preprocessor: Makes the input.
        side: Side of the input and of its hole.
        scale: Enlargement that bicubic interpolation has to do from there.
        entrants: Who takes it.
    """

    label: str
    preprocessor: FacePreprocessor
    side: int
    scale: int
    entrants: tuple[Entrant, ...]

    @property
    def restores(self) -> bool:
        """Whether any of its entrants restores."""
        return any(entrant.restores for entrant in self.entrants)

    def prepare(self, samples: Sequence[Sample], masks: Sequence[Mask]) -> dict[str, Any]:
        """Return the tensors of a batch, as :class:`fcsrlib.data.FacePreprocessor` names them."""
        pairs = zip(samples, masks, strict=True)
        return self.preprocessor(pack_faces([{**one, "hole_mask": mask} for one, mask in pairs]))


def load_entrants(pairs: Iterable[tuple[Config, str | Path]]) -> list[Entrant]:
    """Load each checkpoint into the generator of its config.

    Raises:
        ConfigError: A config cannot be run, or restored faces differ in size.
        CheckpointError: A checkpoint cannot be read or is of another generator.
    """
    entrants: list[Entrant] = []
    taken: list[str] = []
    for config, checkpoint in pairs:
        method = _make_unique(Path(config.filename or "config").stem, taken)
        taken.append(method)
        entrants.append(_load_entrant(config, checkpoint, method))
    sides = sorted({entrant.generator.hr_side for entrant in entrants})
    if len(sides) > 1:
        raise ConfigError(f"the configs restore faces of {sides} px; expected one side for all.")
    return entrants


def group_by_feed(entrants: Sequence[Entrant]) -> list[Feed]:
    """Put together entrants whose input is made alike."""
    groups: dict[str, list[Entrant]] = {}
    for entrant in entrants:
        groups.setdefault(repr(sorted(entrant.preprocessor.items())), []).append(entrant)
    feeds: list[Feed] = []
    for group in groups.values():
        first = group[0]
        generator = first.generator
        is_enlarged = generator.lr_side * first.scale != generator.hr_side
        name = f"x{first.scale} at {generator.lr_side} px" if is_enlarged else f"x{first.scale}"
        feeds.append(
            Feed(
                _make_unique(name, [feed.label for feed in feeds]),
                MODELS.build(first.preprocessor).to(get_device()),
                generator.lr_side,
                generator.scale,
                tuple(group),
            )
        )
    return feeds


def _load_entrant(config: Config, checkpoint: str | Path, method: str) -> Entrant:
    generator = load_generator(config, checkpoint, get_device())
    complete_config(config)
    meta = read_checkpoint(checkpoint).get("meta") or {}
    description = {
        "method": method,
        "config": Path(config.filename or "config").name,
        "sha256": digest_file(Path(checkpoint)),
        "iterations": meta.get("iterations"),
        "fc": type(generator.fc).__name__,
        "sr": type(generator.sr).__name__,
        "scale": config.scale,
        "lr_side": generator.lr_side,
        "restores": bool(meta.get("restores", True)),
        "caveats": find_caveats(meta, config),
    }
    preprocessor = {**config.model.data_preprocessor, "with_heatmaps": False}
    parts = config.model.generator.to_dict()
    return Entrant(description, generator, parts, preprocessor, config.scale)


def _make_unique(name: str, taken: Sequence[str]) -> str:
    """Return ``name``, numbered where it is taken.

    >>> _make_unique("x8", ["x8", "x4"])
    'x8 (2)'
    """
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique
