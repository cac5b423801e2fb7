"""Puts restored faces back into their photograph, with soft seams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.inference.back_projection import back_project
from fcsrlib.inference.detail import SEAM_PX, find_window, fit_seam
from fcsrlib.inference.hole_masks import Hole
from fcsrlib.inference.photo.frame import FaceFrame, Window

Pixels = NDArray[np.uint8]
Weights = NDArray[np.float32]

BORDER_PX = 8
"""Width of the seam inside the border of a face's square, in pixels of 128x128."""
_REACH_PX = 6  # what back-projection changes beside the pixels that are met
_ROUNDS = 8


@dataclass(frozen=True)
class RestoredFace:
    """A face that the network has made.

    Attributes:
        frame: Where it lies in the photograph.
        picture: The aligned face, uint8 (side, side, 3).
    """

    frame: FaceFrame
    picture: Pixels


def fill_photo(photo: Pixels, hole: Hole, faces: Sequence[RestoredFace]) -> Pixels:
    """Return the photograph with its hole filled within the faces; all else is bit-identical.

    Each hidden pixel comes from the face in whose square it lies deepest, with a seam of
    :data:`BORDER_PX` where two faces meet and where a square ends. Along the hole's inner side the
    faces are fitted to the visible pixels by :func:`~fcsrlib.inference.detail.fit_seam`.

    Args:
        photo: uint8 (H, W, 3).
        hole: bool (H, W), True = to be filled.
        faces: In any order.
    """
    filled = photo.copy()
    ordered = _order(faces)
    for place, face in enumerate(ordered):
        window = _find_hidden_window(hole, face)
        if window is None:
            continue
        depth = face.frame.find_depth(window)
        hidden, within = hole[window], depth > 0
        seam = max(SEAM_PX, round(SEAM_PX * face.frame.side_px / face.picture.shape[0]))
        given = face.frame.project(face.picture, window)
        fitted = fit_seam(photo[window], hidden, ~hidden & within, given, seam)
        weight = _weigh(depth, window, ordered[:place]) * hidden
        _mix(filled, window, fitted, weight)
    return filled


def add_detail(
    photo: Pixels, hole: Hole | None, faces: Sequence[RestoredFace], scale: int
) -> Pixels:
    """Return the photograph enlarged, with the faces' own detail; it shrinks to what it was.

    Outside of the faces it is enlarged by bicubic interpolation. Within them it is changed, by
    back-projection, until its visible pixels shrink to those of ``photo``.

    Args:
        photo: uint8 (H, W, 3), its hole filled.
        hole: bool (H, W), True = hidden before it was filled; None: nothing.
        faces: Those with more detail than the photograph, in any order.
        scale: How many times larger the result shall be.

    Returns:
        uint8 (H * scale, W * scale, 3).
    """
    height, width = photo.shape[:2]
    size = (width * scale, height * scale)
    result = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    ordered = _order(faces)
    large = [RestoredFace(face.frame.enlarge(scale), face.picture) for face in ordered]
    for place, face in enumerate(large):
        window = face.frame.find_window(size[1], size[0])
        if window is not None:
            weight = _weigh(face.frame.find_depth(window), window, large[:place])
            _mix(result, window, face.frame.project(face.picture, window), weight)
    for face in ordered:
        _hold_to(photo, hole, face.frame, result, scale)
    return result


def _order(faces: Sequence[RestoredFace]) -> list[RestoredFace]:
    """Return small faces first, so that a result does not depend on the order of finding."""
    return sorted(
        faces, key=lambda face: (face.frame.side_px, *face.frame.find_corners()[0].tolist())
    )


def _find_hidden_window(hole: Hole, face: RestoredFace) -> Window | None:
    """Return the window around what is hidden of a face, as far around as its seam reads."""
    window = face.frame.find_window(hole.shape[0], hole.shape[1])
    if window is None or not hole[window].any():
        return None
    margin = 2 * max(SEAM_PX, round(SEAM_PX * face.frame.side_px / face.picture.shape[0]))
    tight = find_window(hole[window], margin)
    rows, columns = (
        slice(whole.start + part.start, min(whole.start + part.stop, whole.stop))
        for whole, part in zip(window, tight, strict=True)
    )
    return rows, columns


def _weigh(depth: Weights, window: Window, before: Sequence[RestoredFace]) -> Weights:
    """Return the weight of a face in a window: 0 at its border and nearer to an earlier face."""
    weight = np.clip(depth / BORDER_PX, 0, 1)
    for other in before:
        ahead = depth - other.frame.find_depth(window)
        weight = weight * np.clip(ahead / (2 * BORDER_PX) + np.float32(0.5), 0, 1)
    return np.asarray(weight, np.float32)


def _mix(result: Pixels, window: Window, face: NDArray[np.generic], weight: Weights) -> None:
    """Lay ``face`` over the window of ``result``; where its weight is 0 nothing changes."""
    behind = result[window].astype(np.float32)
    mixed = behind + (face.astype(np.float32) - behind) * weight[:, :, None]
    is_changed = weight > 0
    result[window][is_changed] = mixed.round().clip(0, 255).astype(np.uint8)[is_changed]


def _hold_to(
    photo: Pixels, hole: Hole | None, frame: FaceFrame, result: Pixels, scale: int
) -> None:
    """Change ``result`` so that the visible pixels within a face shrink to those of ``photo``."""
    window = frame.find_window(photo.shape[0], photo.shape[1], _REACH_PX)
    if window is None:
        return
    is_free = frame.find_depth(window) <= 0
    if hole is not None:
        is_free |= hole[window]
    larger = (
        slice(window[0].start * scale, window[0].stop * scale),
        slice(window[1].start * scale, window[1].stop * scale),
    )
    held = back_project(
        _to_tensor(result[larger]),
        _to_tensor(photo[window]),
        torch.from_numpy(is_free)[None, None].float(),
        max_rounds=_ROUNDS,
    )
    result[larger] = (held[0] * 255).round().byte().permute(1, 2, 0).numpy()


def _to_tensor(image: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
