"""Similarities of the plane (turn, scale, shift): fitting them, and moving faces by them.

A similarity is a matrix (2, 3) that maps x, y of one image to x, y of another, pixel centres at
integers. All functions are pure; NaN points stay NaN.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.alignment import Image, Points
from fcsrlib.data.sample import UNKNOWN_LABEL

Matrix = NDArray[np.float64]


def fit_similarity(points: NDArray[np.floating], targets: NDArray[np.floating]) -> Matrix:
    """Return the similarity that brings ``points`` (K, 2) nearest to ``targets``, least squares.

    Points that all coincide are given no scale: the matrix is then not finite.
    """
    # In complex numbers a similarity is z -> a z + b, and a is a one-dimensional regression.
    source = points[:, 0].astype(np.float64) + 1j * points[:, 1]
    target = targets[:, 0].astype(np.float64) + 1j * targets[:, 1]
    source_mean, target_mean = source.mean(), target.mean()
    spread = source - source_mean
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.vdot(spread, target - target_mean) / np.vdot(spread, spread).real
        b = target_mean - a * source_mean
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def make_rotation(degrees: float, side: int) -> Matrix:
    """Return the rotation about the centre of a square image, counter-clockwise as one sees it."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    centre = np.full(2, (side - 1) / 2)
    return np.column_stack([turn, centre - turn @ centre])


def make_resizing(from_size: tuple[int, int], to_size: tuple[int, int]) -> Matrix:
    """Return the map from pixels of an image of ``from_size`` (height, width) to its resized form.

    It is a similarity where both sizes have the same aspect.
    """
    down, across = to_size[0] / from_size[0], to_size[1] / from_size[1]
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]])


def join(first: Matrix, second: Matrix) -> Matrix:
    """Return the map that does ``first``, then ``second``."""
    return second @ np.vstack([first, (0, 0, 1)])


def move_points(points: NDArray[np.floating], matrix: Matrix) -> Points:
    """Return points (K, 2) where ``matrix`` moves them, float32."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def move_image(image: Image, matrix: Matrix, side: int) -> Image:
    """Return the square of ``side`` into which ``matrix`` moves an image (H, W, C).

    Shrinking averages over the area of each new pixel. Outside, the image's border is repeated, as
    in CelebA's aligned faces: mirroring would show a second pair of eyes.
    """
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    # Bicubic at a multiple of the side that shrinks nothing, then the mean over each block.
    multiple = max(1, math.ceil(1 / scale - 1e-6))
    fine = join(matrix, make_resizing((side, side), (side * multiple, side * multiple)))
    moved = cv2.warpAffine(
        image,
        fine,
        (side * multiple, side * multiple),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if multiple > 1:
        moved = cv2.resize(moved, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(moved, np.uint8)


def move_labels(labels: Image, matrix: Matrix, side: int) -> Image:
    """Return the square of ``side`` into which ``matrix`` moves a label map (H, W).

    Each pixel takes the label nearest to it; outside the map it is :data:`UNKNOWN_LABEL`.
    """
    inverse = np.linalg.inv(matrix[:, :2])
    shift = -inverse @ matrix[:, 2]
    grid = np.arange(side)
    columns = np.rint(inverse[0, 0] * grid + inverse[0, 1] * grid[:, None] + shift[0]).astype(int)
    rows = np.rint(inverse[1, 0] * grid + inverse[1, 1] * grid[:, None] + shift[1]).astype(int)
    height, width = labels.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    nearest = labels[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return np.where(inside, nearest, np.uint8(UNKNOWN_LABEL))


def move_mask(mask: Image, matrix: Matrix, side: int) -> Image:
    """Return the square of ``side`` into which ``matrix`` moves a mask (H, W) of 0 and 1.

    Outside, the mask's border is repeated, as :func:`move_image` repeats the picture's.
    """
    return (move_image(mask * np.uint8(255), matrix, side) >= 128).astype(np.uint8)
