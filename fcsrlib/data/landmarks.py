"""The 81-point and 68-point landmark schemes: parts of the face and what mirroring exchanges.

The first 68 points are in iBUG order, 13 more run along the hairline. Left and right are the
person's own: the right eye lies on the left of an unmirrored image.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import ConfigError

RIGHT_BROW, LEFT_BROW = range(17, 22), range(22, 27)
NOSE = range(27, 36)
RIGHT_EYE, LEFT_EYE = range(36, 42), range(42, 48)
OUTER_EYE_CORNERS = (36, 45)
MOUTH = range(48, 68)
MOUTH_CORNERS = (48, 54)
CHIN = range(6, 11)

# Each chain runs from one side of the face to the other: mirroring reverses it.
_CHAINS_68: tuple[tuple[int, ...], ...] = (
    tuple(range(0, 17)),  # jaw
    tuple(range(17, 27)),  # brows
    *((point,) for point in range(27, 31)),  # bridge of the nose
    tuple(range(31, 36)),  # nostrils
    (36, 37, 38, 39, 42, 43, 44, 45),  # eye corners and upper lids
    (40, 41, 46, 47),  # lower lids
    tuple(range(48, 55)),  # mouth corners and upper lip, outside
    tuple(range(55, 60)),  # lower lip, outside
    tuple(range(60, 65)),  # upper lip, inside
    tuple(range(65, 68)),  # lower lip, inside
)
_HAIRLINE = tuple(range(68, 81))


def _reverse_chains(chains: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    partner = {
        point: other
        for chain in chains
        for point, other in zip(chain, reversed(chain), strict=True)
    }
    return tuple(partner[point] for point in range(len(partner)))


MIRROR_68 = _reverse_chains(_CHAINS_68)
MIRROR_81 = _reverse_chains((*_CHAINS_68, _HAIRLINE))

_LABEL_SWAPS: dict[int, tuple[tuple[int, int], ...]] = {
    11: ((2, 3), (4, 5)),
    19: ((4, 5), (6, 7), (8, 9)),
}


def pad_landmarks(points: NDArray[np.float32], num_landmarks: int) -> NDArray[np.float32]:
    """Return points (..., 68, 2) as (..., 81, 2), the hairline unknown; 81 and 68 of 68 unchanged.

    The 68 points are the first 68 of the 81.

    Raises:
        ConfigError: Other numbers of points.
    """
    given = points.shape[-2]
    if (given, num_landmarks) == (68, 81):
        hairline = np.full((*points.shape[:-2], len(_HAIRLINE), 2), np.nan, np.float32)
        return np.concatenate([points, hairline], axis=-2)
    if given != num_landmarks:
        raise ConfigError(
            f"{given} landmarks a face; expected {num_landmarks}, or 68 as a part of 81."
        )
    return points


def mirror_permutation(num_landmarks: int) -> tuple[int, ...]:
    """Return, for each place, the point that takes it when the image is mirrored.

    Raises:
        ConfigError: Neither 81 nor 68 points.
    """
    known = {68: MIRROR_68, 81: MIRROR_81}
    if num_landmarks not in known:
        raise ConfigError(
            f"No mirroring is known for {num_landmarks} landmarks; expected 81 or 68. "
            "Leave RandomMirror out for other schemes."
        )
    return known[num_landmarks]


def mirror_label_swaps(num_classes: int) -> tuple[tuple[int, int], ...]:
    """Return the pairs of labels that mirroring exchanges: brows and eyes, and ears of 19.

    Raises:
        ConfigError: Neither Helen's 11 nor CelebAMask-HQ's 19 classes.
    """
    if num_classes not in _LABEL_SWAPS:
        raise ConfigError(
            f"No left-right pairs are known for {num_classes} label classes; expected 11 or 19."
        )
    return _LABEL_SWAPS[num_classes]
