"""The networks that the page offers, each loaded when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.inference.releases.table import read_release_table
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import RELEASE_OF_SCALE, RestorerChoice

AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Offer:
    """A network to choose.

    Attributes:
        name: What is loaded: a released model, path or URL; or :data:`AUTOMATIC`.
        label: What people read.
        scale: Its enlargement; None: it follows the photo.
    """

    name: str
    label: str
    scale: int | None


class Models:
    """The released networks, and one that was given at the start.

    Attributes:
        offers: What can be chosen, the default first; empty where there is no network at all.

    Args:
        load: Returns the restorer of a model's name or file.
        given: Model or file that comes first; None: only what is released.

    Raises:
        CheckpointError: ``given`` cannot be had or read.
        ContractError: It is a model of another kind.
    """

    def __init__(
        self, load: Callable[[str | Path], Restorer], given: str | Path | None = None
    ) -> None:
        self._load = lru_cache(maxsize=None)(load)
        self.offers = _list_released()
        if given is not None:
            restorer = self._load(str(given))
            scale = restorer.hr_side // restorer.lr_side
            offer = Offer(str(given), f"{Path(given).name} (x{scale})", scale)
            self.offers = [offer, *(one for one in self.offers if one.name != offer.name)]

    def choose(self, name: str | None = None, scale: int | None = None) -> RestorerChoice:
        """Return what chooses the restorer of each face by its size.

        Args:
            name: Name of an offer; None: the first one.
            scale: Enlargement; None: the network's own, or by the face's size.

        Raises:
            CheckpointError: There is no network at all.
            ConfigError: No such offer, or it has another scale.
        """
        if not self.offers:
            raise CheckpointError(
                "no model is released yet; start the page with one of yours: "
                "fcsr demo --model FILE."
            )
        names = [offer.name for offer in self.offers]
        if name is not None and name not in names:
            raise ConfigError(f"there is no model '{name}' on this page; it has {names}.")
        offer = self.offers[0 if name is None else names.index(name)]
        if offer.scale is not None and scale not in (None, offer.scale):
            raise ConfigError(
                f"{offer.name} enlarges x{offer.scale}, not x{scale}; choose the scale "
                "'automatic', or another model."
            )
        by_size = offer.name == AUTOMATIC
        return RestorerChoice(self._load, None if by_size else offer.name, scale)


def _list_released() -> list[Offer]:
    """Return the generators of the table; first the choice by scale where both are there."""
    released = [
        Offer(model.name, f"{model.name} (x{model.scale})", model.scale)
        for model in sorted(read_release_table().values(), key=lambda model: model.name)
        if model.kind == "generator"
    ]
    if {one.name for one in released}.issuperset(RELEASE_OF_SCALE.values()):
        return [Offer(AUTOMATIC, "automatic, by the scale", None), *released]
    return released
