"""The methods without a network that every experiment measures beside its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from fcsrlib.evaluation.entrant import Feed
from fcsrlib.metrics import bicubic_baseline, telea_baseline


@dataclass(frozen=True)
class Reference:
    """A method without a network.

    Attributes:
        name: Its name in the results.
        restores: Whether it makes ``hr_restored``.
        completes: Whether it makes ``lr_composite``.
    """

    name: str
    restores: bool
    completes: bool


def list_references(feed: Feed) -> list[Reference]:
    """Return what needs no network on the input of ``feed``."""
    if not feed.restores:
        return [Reference(f"Telea {feed.label}", False, True)]
    return [
        Reference(f"Telea, bicubic {feed.label}", True, True),
        Reference(f"bicubic {feed.label}", True, False),
    ]


def make_references(feed: Feed, batch: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Return, by name, what the references make of ``lr_masked`` and ``hole_mask``."""
    telea = telea_baseline(batch["lr_masked"], batch["hole_mask"])
    made: dict[str, dict[str, Tensor]] = {}
    for reference in list_references(feed):
        lr = telea if reference.completes else batch["lr_masked"]
        made[reference.name] = {"lr_composite": telea} if reference.completes else {}
        if reference.restores:
            made[reference.name]["hr_restored"] = bicubic_baseline(lr, feed.scale)
    return made
