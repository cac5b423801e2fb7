import numpy as np
import pytest

from fcsrlib.errors import MissingExtraError
from fcsrlib.inference.face_finder import FaceFinder

pytest.importorskip("dlib")


@pytest.fixture(scope="module")
def finder():
    try:
        return FaceFinder()
    except MissingExtraError as error:
        pytest.skip(str(error))


def draw_face(size, left, top):
    """Draw a schematic face that dlib's detector takes for one, on a grey ground."""
    import cv2

    image = np.full((size, size, 3), 110, np.uint8)

    def ellipse(x, y, across, down, colour):
        centre = (left + x, top + y)
        cv2.ellipse(image, centre, (across, down), 0, 0, 360, colour, -1, cv2.LINE_AA)

    ellipse(100, 110, 75, 100, (205, 170, 150))
    for x in (70, 130):
        ellipse(x, 85, 17, 9, (240, 240, 240))
        ellipse(x, 85, 8, 8, (50, 35, 30))
        ellipse(x, 66, 20, 5, (70, 50, 40))
    ellipse(100, 122, 13, 8, (165, 120, 105))
    ellipse(100, 160, 32, 10, (150, 60, 70))
    return cv2.GaussianBlur(image, (0, 0), 3)


def test_no_face_is_found_in_noise(finder, rng_noise):
    assert finder.find(rng_noise) is None


@pytest.fixture
def rng_noise():
    return np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)


def test_the_points_of_a_drawn_face_follow_it_and_its_size(finder):
    face = draw_face(260, 30, 20)
    points = finder.find(face)
    assert points.shape == (68, 2) and points.dtype == np.float32
    right, left, mouth = points[36:42].mean(0), points[42:48].mean(0), points[48:60].mean(0)
    assert np.abs(right - (100, 105)).max() < 14
    assert np.abs(left - (160, 105)).max() < 14
    assert np.abs(mouth - (130, 180)).max() < 14
    shifted = finder.find(draw_face(260, 45, 35))
    assert np.abs(shifted - points - 15).mean() < 4
    large = finder.find(face.repeat(4, 0).repeat(4, 1))  # 1040 pixels: shrunk for the search
    assert np.abs(large / 4 - points).mean() < 4
