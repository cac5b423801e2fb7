"""What becomes of a photograph and of each face in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib.inference.hole_masks import Hole
from fcsrlib.inference.lr_input import PreparedFace
from fcsrlib.inference.photo.frame import FaceFrame
from fcsrlib.inference.restorer import Restorer


@dataclass(frozen=True)
class PhotoFace:
    """A face of a photograph.

    Attributes:
        corners: Of the square that the network sees, x, y in pixels of the photograph, clockwise
            from the forehead's left, float64 (4, 2).
        side_px: That square's side.
        points: 68 points, float32 (68, 2); None where only the eyes were given.
        score: How sure the detector is; None where the eyes were given.
        is_restored: Whether the network has changed it.
        reason: Why it has not; empty where it has.
    """

    corners: NDArray[np.float64]
    side_px: float
    points: NDArray[np.float32] | None
    score: float | None
    is_restored: bool
    reason: str = ""


@dataclass(frozen=True)
class PhotoRestored:
    """A restored photograph.

    Attributes:
        image: RGB, 8 bits a channel, upright; a PIL image for a PIL image, a tensor (3, H, W) on
            the same device for a tensor, else an array (H, W, 3).
        faces: Its faces, the largest first as found, or in the order of the eyes that were given.
        note: What had to be decided, for people; empty where nothing had.
    """

    image: Any
    faces: tuple[PhotoFace, ...]
    note: str = ""


@dataclass(frozen=True)
class PhotoFacePlan:
    """What is to be done with one face.

    Attributes:
        frame: Where it lies.
        face: What is told of it.
        restorer: The network that shall see it; None: none shall.
        prepared: That network's input.
        has_detail: Whether what it makes has more detail than the enlarged photograph.
    """

    frame: FaceFrame
    face: PhotoFace
    restorer: Restorer | None = None
    prepared: PreparedFace | None = None
    has_detail: bool = False


@dataclass(frozen=True)
class PreparedPhoto:
    """A photograph before the network.

    Attributes:
        pixels: RGB, uint8 (H, W, 3).
        hole: What is hidden, bool (H, W); None: nothing.
        enlarge: How many times larger the result shall be.
        plans: One for each face.
        kind: What the photograph came as, see :class:`~fcsrlib.inference.image_io.FoundImage`.
        notes: What had to be decided, for people.
    """

    pixels: NDArray[np.uint8]
    hole: Hole | None
    enlarge: int
    plans: tuple[PhotoFacePlan, ...]
    kind: str
    notes: tuple[str, ...]
