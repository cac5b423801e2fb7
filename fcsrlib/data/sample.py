"""The vocabulary of samples: which fields a face carries, in which shape, range and frame.

A *sample* is one face as numpy arrays, on its way from a source through the transforms:

================= ============================= ==================================================
field             array                         meaning
================= ============================= ==================================================
``name``          str                           file name or generated name
``hr_target``     uint8 (S, S, 3)               RGB face; S is 144 from a source, 128 after the
                                                crop
``landmarks``     float32 (K, 2)                x, y in pixels of ``hr_target``, pixel centres at
                                                integers; NaN where unknown
``parsing``       uint8 (S, S)                  class index; :data:`UNKNOWN_LABEL` where unknown
``identity``      int                           person; :data:`UNKNOWN_IDENTITY` where unknown
``hole_mask``     uint8 (h, w)                  at LR, 1 = missing; added by the degradation
``occluder_mask`` uint8 (S, S)                  1 = something covers the face; only in samples
                                                that know it
================= ============================= ==================================================

A *batch* is the same fields stacked as tensors, channels first (``hr_target`` uint8
(N, 3, H, W), masks uint8 (N, 1, h, w), ``parsing`` uint8 (N, H, W)), ``name`` a list.
The preprocessor turns it into the float tensors the model reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Sample = dict[str, Any]

UNKNOWN_LABEL = 255
UNKNOWN_IDENTITY = -1
ALIGNED_SIDE = 144
FACE_SIDE = 128


class FaceSource(Protocol):
    """Anything faces come from: a data set's reader, a folder, a renderer."""

    def __len__(self) -> int:
        """Return the number of faces."""

    def read(self, index: int) -> Sample:
        """Return face ``index`` at :data:`ALIGNED_SIDE`, without ``hole_mask``.

        Raises:
            UndecodableImageError: The file of this one face cannot be read.
        """


def make_sample(
    name: str,
    hr_target: NDArray[np.uint8],
    landmarks: NDArray[np.float32] | None = None,
    parsing: NDArray[np.uint8] | None = None,
    identity: int = UNKNOWN_IDENTITY,
    num_landmarks: int = 81,
) -> Sample:
    """Make a sample; what is not known is marked as unknown, never invented."""
    if landmarks is None:
        landmarks = np.full((num_landmarks, 2), np.nan, np.float32)
    if parsing is None:
        parsing = np.full(hr_target.shape[:2], UNKNOWN_LABEL, np.uint8)
    return {
        "name": name,
        "hr_target": hr_target,
        "landmarks": landmarks,
        "parsing": parsing,
        "identity": identity,
    }


def change_occluder(
    sample: Sample, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> Sample:
    """Return the changed ``occluder_mask`` as a dict, empty where the sample has none."""
    mask = sample.get("occluder_mask")
    return {} if mask is None else {"occluder_mask": change(mask)}
