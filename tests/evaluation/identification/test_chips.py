import importlib.util

import cv2
import numpy as np
import pytest

from fcsrlib.errors import DataError
from fcsrlib.evaluation.identification.chips import CHIP_SIDE, FIVE_OF_68, cut_chip

# Where the corners of the eyes and the base of the nose stand in a chip of 150 px.
IN_CHIP = [
    [110.957, 46.350],
    [89.606, 47.897],
    [37.058, 46.373],
    [58.409, 47.906],
    [74.011, 87.780],
]


def make_face(points, side=128):
    """Return a black face with a smooth white dot at each of five points."""
    rows, columns = np.mgrid[:side, :side]
    dots = sum(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8) for x, y in points)
    return (255 * dots.clip(0, 1)).astype(np.uint8)[..., None].repeat(3, 2)


def place(points, count=81):
    landmarks = np.full((count, 2), 5, np.float32)
    landmarks[list(FIVE_OF_68)] = points
    return landmarks


def find_dots(chip):
    """Return the centres of the brightest blobs, from left to right."""
    _, binary = cv2.threshold(chip[..., 0], 128, 255, cv2.THRESH_BINARY)
    _, _, _, centres = cv2.connectedComponentsWithStats(binary)
    return centres[1:][np.argsort(centres[1:, 0])]


@pytest.mark.parametrize("degrees", [0, 20])
def test_the_five_points_come_to_their_places(degrees):
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (np.array(IN_CHIP) - 75) @ rotation.T / 1.6 + 64
    chip = cut_chip(make_face(points), place(points))
    assert chip.shape == (CHIP_SIDE, CHIP_SIDE, 3) and chip.dtype == np.uint8
    expected = sorted(IN_CHIP)
    assert np.allclose(find_dots(chip), expected, atol=0.7)


def test_68_and_81_points_give_the_same_chip():
    points = np.array(IN_CHIP) / 1.6 + 15
    face = make_face(points)
    assert np.array_equal(cut_chip(face, place(points)), cut_chip(face, place(points, 68)))


def test_unknown_landmarks_take_the_mean_face_of_the_aligned_geometry():
    face = np.random.default_rng(0).integers(0, 255, (128, 128, 3)).astype(np.uint8)
    unknown = place(np.full((5, 2), np.nan))
    assert np.array_equal(cut_chip(face, unknown), cut_chip(face, None))
    # A face of twice the side shows the same cut.
    large = face.repeat(2, 0).repeat(2, 1)
    difference = cut_chip(large, None).astype(float) - cut_chip(face, None)
    assert np.abs(difference).mean() < 20


def test_other_schemes_are_refused():
    with pytest.raises(DataError, match=r"landmarks are \(5, 2\); expected \(81, 2\) or"):
        cut_chip(np.zeros((128, 128, 3), np.uint8), np.zeros((5, 2), np.float32))


@pytest.mark.skipif(importlib.util.find_spec("dlib") is None, reason="needs the extra identity")
def test_the_chip_is_the_one_that_dlib_cuts():
    import dlib

    # dlib takes whole pixels only, so the face is one whose points are whole.
    points = np.round(np.array(IN_CHIP) / 1.6 + 15)
    face = cv2.GaussianBlur(make_face(points), (0, 0), 2)
    box = dlib.rectangle(0, 0, 127, 127)
    shape = dlib.full_object_detection(box, [dlib.point(int(x), int(y)) for x, y in points])
    theirs = dlib.get_face_chip(face, shape, size=CHIP_SIDE, padding=0.25)
    assert np.abs(cut_chip(face, place(points)).astype(float) - theirs).mean() < 2
