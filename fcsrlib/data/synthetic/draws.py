"""Counter-based random numbers: every value is a hash of its keys, so no draw moves another."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Traits = TypeVar("Traits")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def mix(keys: Keys, salt: Keys) -> Keys:
    """Hash ``keys`` with ``salt``, broadcast against each other (SplitMix64's finaliser)."""
    with np.errstate(over="ignore"):
        state = keys * _GOLDEN + (salt + np.uint64(1)) * _MIX_1
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))


def make_keys(seed: int, stream: str, counters: NDArray[np.int64]) -> Keys:
    """Return one key per counter, apart for every ``seed`` and ``stream``."""
    root = mix(np.array([seed % 2**64], np.uint64), np.uint64(zlib.crc32(stream.encode())))
    return mix(root, counters.astype(np.uint64))


def draw_unit(keys: Keys, name: str, shape: tuple[int, ...] = ()) -> NDArray[np.float64]:
    """Return values in (0, 1) of shape ``(len(keys), *shape)`` for the quantity ``name``."""
    counters = np.arange(int(np.prod(shape, dtype=int)), dtype=np.uint64)
    salted = mix(keys, np.uint64(zlib.crc32(name.encode())))
    bits = mix(salted[:, None], counters[None]) >> np.uint64(11)
    return ((bits.astype(np.float64) + 0.5) / 2.0**53).reshape(len(keys), *shape)


@dataclass(frozen=True)
class Spread:
    """How a trait is distributed: ``uniform`` over (a, b) or ``normal`` with mean a, std b."""

    kind: str
    a: float
    b: float

    def draw(self, unit: NDArray[np.float64]) -> NDArray[np.float32]:
        """Map values in (0, 1) to the distribution; normals are cut at 2.3 standard deviations."""
        if self.kind == "uniform":
            return (self.a + (self.b - self.a) * unit).astype(np.float32)
        standard = torch.special.ndtri(torch.from_numpy(unit)).clamp(-2.3, 2.3).numpy()
        return (self.a + self.b * standard).astype(np.float32)


def uniform(low: float = 0.0, high: float = 1.0) -> Any:
    """Declare a trait that is uniform over (low, high)."""
    return field(metadata={"spread": Spread("uniform", low, high)})


def normal(mean: float = 0.0, std: float = 1.0) -> Any:
    """Declare a trait that is normal, cut at 2.3 standard deviations."""
    return field(metadata={"spread": Spread("normal", mean, std)})


def draw_traits(kind: type[Traits], keys: Keys) -> Traits:
    """Draw every field of the dataclass ``kind`` as float32 (N,), named by its field."""
    values = {
        trait.name: trait.metadata["spread"].draw(draw_unit(keys, trait.name))
        for trait in fields(kind)  # type: ignore[arg-type]
    }
    return kind(**values)
