"""Makes the network's input of an aligned face of any size: the small face and its hole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fcsrlib.data.alignment import crop_square, find_central_square
from fcsrlib.degradation import shrink_cover
from fcsrlib.errors import DataError
from fcsrlib.inference.hole_masks import Hole, fit_hole, read_hole
from fcsrlib.inference.image_io import FoundImage, ImageLike

MIN_SIDE_PX = 16
_LARGE_PX = 1024  # from here on, area averaging brings the image near 512 first


@dataclass(frozen=True)
class PreparedFace:
    """A face before the network.

    Attributes:
        square: What is restored of the image, uint8 (side, side, 3).
        hole: What is hidden of it, bool (side, side); None: nothing.
        lr_masked: The small face, (3, h, h) in [0, 1], rounded to 8 bits, 0 in the hole.
        hole_mask: (1, h, h), 1 = missing.
        kind: What the image came as, see :class:`~fcsrlib.inference.image_io.FoundImage`.
        notes: What had to be decided, for people.
    """

    square: NDArray[np.uint8]
    hole: Hole | None
    lr_masked: Tensor
    hole_mask: Tensor
    kind: str
    notes: tuple[str, ...]


def prepare_face(found: FoundImage, mask: ImageLike | None, lr_side: int) -> PreparedFace:
    """Return the network's input and what is needed to finish its output.

    Args:
        found: The image; of one that is not square, the central square is taken.
        mask: Its hole, see :func:`~fcsrlib.inference.hole_masks.read_hole`; None: nothing.
        lr_side: Side of the network's input.

    Raises:
        DataError: An image of less than 16 px, or a mask that does not fit.
        UndecodableImageError: A mask file that cannot be read.
    """
    height, width = found.pixels.shape[:2]
    side = min(height, width)
    if side < MIN_SIDE_PX:
        raise DataError(
            f"the image is {width}x{height}; expected an aligned face of at least "
            f"{MIN_SIDE_PX}x{MIN_SIDE_PX}."
        )
    notes = found.notes
    if height != width:
        notes = (*notes, f"the central {side}x{side} of {width}x{height} was taken")
    left, top = find_central_square(height, width, side)
    square = np.array(crop_square(found.pixels, left, top, side), order="C")  # not the caller's
    hole = None if mask is None else fit_hole(read_hole(mask), height, width)
    if hole is not None and not hole.any():
        hole = None
    return PreparedFace(square, hole, *make_lr(square, hole, lr_side), found.kind, notes)


def make_lr(square: NDArray[np.uint8], hole: Hole | None, lr_side: int) -> tuple[Tensor, Tensor]:
    """Return ``lr_masked`` (3, h, h) in [0, 1] and ``hole_mask`` (1, h, h).

    The face is shrunk as :func:`fcsrlib.degradation.downsample` does and rounded to 8 bits. A small
    pixel is missing if any part of it is covered; the weights of the others that fall on covered
    pixels are left out and the rest raised in proportion, so that nothing of the cover shows.

    Args:
        square: (side, side, 3).
        hole: (side, side), True = covered; None: nothing.
        lr_side: The side h.

    Raises:
        DataError: Every small pixel is missing.
    """
    size = (lr_side, lr_side)
    if hole is None:
        lr = _resize(_to_tensor(_pre_shrink(square)), size)[0]
        return _quantise(lr), torch.zeros(1, *size)
    hole_mask = torch.from_numpy(shrink_cover(hole, lr_side)).float()[None]
    if hole_mask.all():
        raise DataError(
            f"the hole mask touches each of the {lr_side}x{lr_side} pixels that the network sees; "
            "expected some of the face visible."
        )
    visible = np.where(hole, 0, 255).astype(np.uint8)[:, :, None]
    kept = np.where(hole[:, :, None], 0, square)
    planes = np.concatenate([_pre_shrink(kept), np.atleast_3d(_pre_shrink(visible))], 2)
    summed = _resize(_to_tensor(planes), size)[0]
    is_missing = hole_mask > 0
    # The weights of a pixel that is visible as a whole sum to about 0.5 at least.
    weight = torch.where(is_missing, torch.ones(()), summed[3:])
    return _quantise(torch.where(is_missing, torch.zeros(()), summed[:3] / weight)), hole_mask


def _pre_shrink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a large image to a side of 512 to 767, to bound time and memory."""
    side = image.shape[0]
    if side < _LARGE_PX:
        return image
    smaller = side // (2 * side // _LARGE_PX)
    shrunk = cv2.resize(image, (smaller, smaller), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.uint8)


def _to_tensor(image: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255


def _resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(image, size=size, mode="bicubic", antialias=True, align_corners=False)


def _quantise(lr: Tensor) -> Tensor:
    return (lr.clamp(0, 1) * 255).round() / 255
