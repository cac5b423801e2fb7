"""Draws a few probes of every kind with the gallery images that come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fcsrlib.evaluation.sheet import Picture

MATCHES = 3
NUM_PROBES = 6
_BORDER_PX = 3
_GAP_PX = 12
_HEADER_PX = 22
_RIGHT, _WRONG, _PLAIN = (0, 150, 0), (200, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class Matched:
    """A probe of one kind and the first matches.

    Attributes:
        probe: Its picture, RGB (H, H, 3).
        matches: The pictures of the first :data:`MATCHES` gallery images, nearest first.
        is_right: Whether each is the probe's person.
    """

    probe: Picture
    matches: Sequence[Picture]
    is_right: Sequence[bool]


def draw_matches(kinds: Sequence[str], rows: Sequence[Sequence[Matched]]) -> Picture:
    """Draw one line a probe, one group of columns a kind: the probe, then its matches.

    A green frame is the right person, a red one somebody else.

    Args:
        kinds: Names of the kinds, over the groups.
        rows: For each probe what was found with each kind.

    Returns:
        RGB picture, uint8.
    """
    lines = [np.concatenate([_draw_group(one) for one in row], 1) for row in rows]
    width = lines[0].shape[1] // len(kinds)
    header = np.full((_HEADER_PX, lines[0].shape[1], 3), 255, np.uint8)
    for number, name in enumerate(kinds):
        place = (number * width + 3, _HEADER_PX - 7)
        cv2.putText(header, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1)
    return np.concatenate([header, *lines], 0)


def _draw_group(found: Matched) -> Picture:
    cells = [_frame(found.probe, _PLAIN)]
    for picture, is_right in zip(found.matches, found.is_right, strict=True):
        cells.append(_frame(picture, _RIGHT if is_right else _WRONG))
    height, width = cells[0].shape[:2]
    missing = MATCHES + 1 - len(cells)
    blank = np.full((height, missing * width + _GAP_PX, 3), 255, np.uint8)
    return np.concatenate([*cells, blank], 1)


def _frame(picture: Picture, colour: tuple[int, int, int]) -> Picture:
    height, width = picture.shape[:2]
    framed = np.empty((height + 2 * _BORDER_PX, width + 2 * _BORDER_PX, 3), np.uint8)
    framed[:] = colour
    framed[_BORDER_PX:-_BORDER_PX, _BORDER_PX:-_BORDER_PX] = picture
    return framed
