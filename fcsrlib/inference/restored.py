"""What a restorer is asked for, what its network makes, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.contracts import FacePriors


@dataclass(frozen=True)
class RestoreOptions:
    """What a restored face shall be true to.

    Attributes:
        consistent: Shrunk to the network's input size, the network's face gives back what was
            visible there, within one gray level where any picture does.
        keep_detail: Where the input is larger than the network's input, its visible pixels are
            kept, and the result is as large as the input where that is larger than the network's
            face.
    """

    consistent: bool = True
    keep_detail: bool = True


@dataclass(frozen=True)
class NetworkOutput:
    """What the network made of one face, on the CPU.

    Attributes:
        picture: The face of the network after back-projection, uint8 (H, H, 3).
        hr_restored: The same as it left the network, float32 (3, H, H), about [0, 1].
        lr_composite: The completed small face, float32 (3, h, h); None where completion comes
            after enlargement.
        priors: The SR network's own landmarks and parts; None where it has none.
    """

    picture: NDArray[np.uint8]
    hr_restored: Tensor
    lr_composite: Tensor | None
    priors: FacePriors | None = None


@dataclass(frozen=True)
class RestoredParts:
    """What lies between the input and the result; float32 on the CPU.

    Attributes:
        lr_masked: The network's input, (3, h, h) in [0, 1], 0 in the hole.
        hole_mask: (1, h, h), 1 = missing.
        lr_composite: The completed small face, (3, h, h); None where completion comes after
            enlargement.
        hr_restored: The face as it left the network, (3, H, H), about [0, 1].
        priors: Heatmaps (K, H/2, H/2) and parsing logits (C, H/2, H/2) of the SR network's own
            branch, as FSRNet has one; None without such a branch.
    """

    lr_masked: Tensor
    hole_mask: Tensor
    lr_composite: Tensor | None
    hr_restored: Tensor
    priors: FacePriors | None = None


@dataclass(frozen=True)
class Restored:
    """A restored face.

    Attributes:
        image: RGB, 8 bits a channel, square; a PIL image for a PIL image, a tensor (3, side, side)
            on the same device for a tensor, else an array (side, side, 3).
        note: What had to be decided, for people; empty where nothing had.
        parts: Only with ``return_parts``.
    """

    image: Any
    note: str = ""
    parts: RestoredParts | None = None


def split_priors(priors: FacePriors | None, count: int) -> list[FacePriors | None]:
    """Return the priors of each of ``count`` faces, float32 on the CPU."""
    if priors is None:
        return [None] * count
    maps = (priors.landmarks.float().cpu(), priors.parsing.float().cpu())
    return [FacePriors(*pair) for pair in zip(*maps, strict=True)]
