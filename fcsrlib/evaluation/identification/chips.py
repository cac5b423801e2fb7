"""Cuts the chips that dlib's face embedding reads out of faces with known landmarks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.similarity import fit_similarity, move_image
from fcsrlib.errors import DataError

CHIP_SIDE = 150
# The corners of both eyes and the base of the nose out of the 68 points of iBUG, which 81 points
# begin with: what dlib's own five-point detector finds.
FIVE_OF_68 = (45, 42, 36, 39, 33)
# Where get_face_chip of dlib (Boost licence) puts them, as shares of the face's box; a quarter of
# the box is added on each side.
_BOX = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
_PADDING = 0.25
_IN_CHIP = (_BOX + _PADDING) / (1 + 2 * _PADDING) * CHIP_SIDE
# Means over 9,536 faces in CelebA's geometry, as shares of the side of the central 128x128.
_CANONICAL = np.array(
    [[0.6767, 0.5220], [0.5713, 0.5279], [0.3301, 0.5214], [0.4338, 0.5272], [0.5034, 0.7096]]
)


def cut_chip(image: NDArray[np.uint8], landmarks: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """Return the chip of a face as dlib's ``get_face_chip`` would, uint8 (150, 150, 3).

    One similarity takes the corners of the eyes and the base of the nose to their places in the
    chip, as nearly as possible in the least squares. Beyond the image its border is repeated.

    Args:
        image: RGB face (H, H, 3).
        landmarks: x, y in its pixels, (81, 2) or (68, 2). Where one of the five is NaN, or with
            None, the mean face of CelebA's aligned geometry stands in for all five.

    Raises:
        DataError: Landmarks of another scheme.
    """
    side = image.shape[0]
    points = _CANONICAL * side - 0.5
    if landmarks is not None:
        if landmarks.shape not in ((81, 2), (68, 2)):
            raise DataError(f"landmarks are {landmarks.shape}; expected (81, 2) or (68, 2).")
        known = landmarks[list(FIVE_OF_68)].astype(np.float64)
        points = known if np.isfinite(known).all() else points
    return move_image(image, fit_similarity(points, _IN_CHIP), CHIP_SIDE)
