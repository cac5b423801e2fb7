"""Strips of pictures: what came in, what the stages made of it, and the truth, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import FCSRError

COLUMNS = {
    "lr_masked": "masked LR",
    "lr_composite": "completed LR",
    "lr_target": "true LR",
    "hr_coarse": "coarse",
    "hr_restored": "restored",
    "hr_target": "target",
    "true_priors": "labels",
    "found_priors": "found",
    "true_occluder": "occluder",
    "found_occluder": "found",
}
_HEADER_PX = 22
_GAP_PX = 2
_HOLE_GREY = 0.75


def draw_strip(predictions: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
    """Draw one row a face, one column an image of :data:`COLUMNS` that the first face has.

    The true LR face has a column only where no HR face was restored.

    Args:
        predictions: Dicts of (3, h, w) tensors in [0, 1] with the keys of :data:`COLUMNS` and
            ``hole_mask`` (1, h, w); LR images are enlarged by repeating pixels, holes are grey.

    Returns:
        RGB picture, uint8 (rows, columns, 3).
    """
    present = {key for key in COLUMNS if predictions[0].get(key) is not None}
    if "hr_restored" in present:
        present.discard("lr_target")  # the HR target tells enough
    keys = [key for key in COLUMNS if key in present]
    side = predictions[0]["hr_target"].shape[-1]
    rows = [np.concatenate([_cell(face, key, side) for key in keys], 1) for face in predictions]
    return np.concatenate([_header(keys, side), *rows], 0)


def write_picture(picture: NDArray[np.uint8], path: Path) -> None:
    """Write an RGB picture as PNG, whole or not at all.

    Raises:
        FCSRError: It cannot be written.
    """
    is_encoded, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not is_encoded:
        raise FCSRError(f"{path}: a picture of {picture.shape} cannot be encoded as PNG.")
    write_whole(encoded.tobytes(), path)


def _cell(face: Mapping[str, Any], key: str, side: int) -> NDArray[np.uint8]:
    image: Tensor = face[key].float()
    if key == "lr_masked":
        image = image + _HOLE_GREY * face["hole_mask"].float()
    pixels = (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    repeat = side // pixels.shape[0]
    pixels = pixels.repeat(repeat, 0).repeat(repeat, 1)
    margin = ((0, _GAP_PX), (0, _GAP_PX), (0, 0))
    return np.pad(pixels, margin, constant_values=255)


def _header(keys: Sequence[str], side: int) -> NDArray[np.uint8]:
    width = side + _GAP_PX
    header = np.full((_HEADER_PX, width * len(keys), 3), 255, np.uint8)
    for column, key in enumerate(keys):
        origin = (column * width + 3, _HEADER_PX - 7)
        cv2.putText(header, COLUMNS[key], origin, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1)
    return header
