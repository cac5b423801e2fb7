"""Where the face that networks see lies in an image of CelebA's layout."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import crop_square, find_central_square, resize_image
from fcsrlib.data.celeba import CROP_SIDE
from fcsrlib.data.sample import ALIGNED_SIDE, FACE_SIDE, UNKNOWN_LABEL
from fcsrlib.data.similarity import Matrix, join, make_resizing, move_labels


def cut_face(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the face as evaluation sees it: the centre of CelebA's 144x144, (128, 128, 3)."""
    left, top = find_central_square(image.shape[0], image.shape[1], CROP_SIDE)
    face = resize_image(crop_square(image, left, top, CROP_SIDE), ALIGNED_SIDE)
    margin = (ALIGNED_SIDE - FACE_SIDE) // 2
    return crop_square(face, margin, margin, FACE_SIDE)


def map_face_to_image(height: int, width: int) -> Matrix:
    """Return the similarity from pixels of :func:`cut_face` to those of the stored image."""
    left, top = find_central_square(height, width, CROP_SIDE)
    margin = (ALIGNED_SIDE - FACE_SIDE) // 2
    enlarge = make_resizing((ALIGNED_SIDE,) * 2, (CROP_SIDE,) * 2)
    return join(join(_shift(margin, margin), enlarge), _shift(left, top))


def place_labels(labels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a label map as large as the stored image; unknown outside of the face.

    Args:
        labels: Of :func:`cut_face`, (128, 128).
        height: Of the stored image.
        width: Of the stored image.
    """
    left, top = find_central_square(height, width, CROP_SIDE)
    to_square = join(map_face_to_image(height, width), _shift(-left, -top))
    placed = np.full((height, width), UNKNOWN_LABEL, np.uint8)
    placed[top : top + CROP_SIDE, left : left + CROP_SIDE] = move_labels(
        labels, to_square, CROP_SIDE
    )
    return placed


def _shift(right: float, down: float) -> Matrix:
    return np.array([[1.0, 0.0, right], [0.0, 1.0, down]])
