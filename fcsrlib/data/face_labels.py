"""Classes of label maps: Helen's 11, CelebAMask-HQ's 19, and what becomes of them here.

Left and right are the person's own: the left eye lies on the right of an unmirrored image.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.landmarks import mirror_label_swaps
from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.errors import DataError

Labels = NDArray[np.uint8]

HELEN_CLASSES = (
    "background",
    "face skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "nose",
    "upper lip",
    "inner mouth",
    "lower lip",
    "hair",
)
NUM_HELEN_LABELS = len(HELEN_CLASSES)
LEFT_EYE, RIGHT_EYE = 4, 5
MOUTH = (7, 8, 9)

# In the order of the class index, which is also the order in which the parts cover each other.
CELEBAMASK_TO_HELEN = {
    "background": 0,
    "skin": 1,
    "nose": 6,
    "eye_g": 1,  # glasses
    "l_eye": 4,
    "r_eye": 5,
    "l_brow": 2,
    "r_brow": 3,
    "l_ear": 1,
    "r_ear": 1,
    "mouth": 8,
    "u_lip": 7,
    "l_lip": 9,
    "hair": 10,
    "hat": 0,
    "ear_r": 0,  # earring
    "neck_l": 0,  # necklace
    "neck": 0,
    "cloth": 0,
}


def make_label_table(merged: Sequence[int]) -> Labels:
    """Return the table, uint8 (256,), from a label map's values to Helen's classes.

    Values that are no class map to ``NUM_HELEN_LABELS``; :data:`UNKNOWN_LABEL` maps to itself.

    Args:
        merged: Helen's class of value 0, 1, ...; at most 255.
    """
    table = np.full(256, NUM_HELEN_LABELS, np.uint8)
    table[: len(merged)] = merged
    table[UNKNOWN_LABEL] = UNKNOWN_LABEL
    return table


def merge_labels(labels: Labels, table: Labels, path: Path) -> Labels:
    """Return a label map in Helen's classes.

    Args:
        labels: Values as read, (H, W).
        table: From :func:`make_label_table`.
        path: File to name in the error.

    Raises:
        DataError: A value that is no class.
    """
    merged = table[labels]
    strange = labels[merged == NUM_HELEN_LABELS]
    if strange.size:
        highest = int(np.flatnonzero(table < NUM_HELEN_LABELS).max())
        raise DataError(
            f"{path} holds class {strange[0]}; expected 0..{highest} or {UNKNOWN_LABEL} for "
            "unknown. Merge other numberings with a helen11.json."
        )
    return merged


def read_class_names(path: Path) -> list[int]:
    """Return Helen's class of each of CelebAMask-HQ's names that ``classes.json`` lists.

    Raises:
        DataError: It is no list of such names.
    """
    try:
        names = json.loads(path.read_text(encoding="utf-8-sig"))
        return [CELEBAMASK_TO_HELEN[name] for name in names]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read: {error!r}; expected a JSON list of CelebAMask-HQ's class "
            f"names: {', '.join(CELEBAMASK_TO_HELEN)}. Merge others with a helen11.json."
        ) from error


def order_sides(labels: Labels) -> Labels:
    """Put left and right brows and eyes of an upright face to the person's own sides.

    Releases contain maps with both exchanged. A pair is exchanged where the left part lies left of
    the right one in the image; a part without its partner follows the other pair.
    """
    pairs = mirror_label_swaps(NUM_HELEN_LABELS)
    wrong = [_is_exchanged(labels, *pair) for pair in pairs]
    table = np.arange(256, dtype=np.uint8)
    for (left, right), is_wrong in zip(pairs, wrong, strict=True):
        if is_wrong or (is_wrong is None and True in wrong):
            table[left], table[right] = right, left
    return table[labels]


def _is_exchanged(labels: Labels, left: int, right: int) -> bool | None:
    columns = [np.nonzero(labels == label)[1] for label in (left, right)]
    if not all(found.size for found in columns):
        return None
    return bool(columns[0].mean() < columns[1].mean())
