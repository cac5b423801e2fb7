import cv2
import numpy as np
import pytest

from fcsrlib.errors import ConfigError, MissingExtraError
from fcsrlib.inference.photo import face_finder
from fcsrlib.inference.photo.face_finder import FaceFinder, FoundFace, check_detector, keep_distinct


@pytest.fixture(scope="module")
def finder():
    pytest.importorskip("dlib")
    try:
        return FaceFinder()
    except MissingExtraError as error:
        pytest.skip(str(error))


def draw_face(size, left, top):
    """Draw a schematic face that dlib's detector takes for one, on a grey ground."""
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


def find_places(faces):
    """Return the middle between the eyes of each face, from left to right."""
    eyes = np.array([face.points[36:48].mean(0) for face in faces])
    return eyes[eyes[:, 0].argsort()]


def test_all_faces_are_found_the_largest_first_and_each_once(finder):
    small = cv2.resize(draw_face(260, 30, 20), (130, 130), interpolation=cv2.INTER_AREA)
    image = np.full((300, 800, 3), 110, np.uint8)
    image[20:280, 10:270] = draw_face(260, 30, 20)
    image[100:230, 300:430] = image[100:230, 600:730] = small
    faces = finder.find_all(image)
    assert len(faces) == 3
    widths = [face.box[2] - face.box[0] for face in faces]
    assert widths[0] > 1.5 * widths[1] and all(face.score > 0 for face in faces)
    expected = [(140, 125), (365, 152), (665, 152)]
    assert np.abs(find_places(faces) - expected).max() < 10


def test_a_face_is_found_at_the_same_place_in_a_small_and_a_large_photograph(finder, monkeypatch):
    face = draw_face(260, 30, 20)
    tiny = cv2.resize(face, (65, 65), interpolation=cv2.INTER_AREA)
    large = face.repeat(4, 0).repeat(4, 1)
    monkeypatch.setitem(face_finder._MAX_PIXELS, "hog", 4e5)  # the large one is shrunk
    places = [
        find_places(finder.find_all(image)) * scale
        for image, scale in ((face, 1), (tiny, 4), (large, 0.25))
    ]
    assert np.abs(np.concatenate(places) - places[0]).max() < 5


def test_of_boxes_that_overlap_the_surest_is_kept():
    found = [
        ((0.0, 0.0, 10.0, 10.0), 0.5),
        ((2.0, 2.0, 8.0, 8.0), 0.9),  # lies within the first
        ((8.0, 0.0, 18.0, 10.0), 0.3),  # shares a fifth of the first, none of the second
    ]
    assert keep_distinct(found) == [found[1], found[2]]


@pytest.mark.parametrize(
    "detector, places", [("auto", [200, 0, 100]), ("hog", [0, 100]), ("cnn", [200, 1])]
)
def test_auto_adds_what_the_second_detector_finds_elsewhere(finder, monkeypatch, detector, places):
    def face(left, side):
        return FoundFace(np.zeros((68, 2), np.float32), 1.0, (left, 0.0, left + side, float(side)))

    found = {"hog": [face(0, 10), face(100, 9)], "cnn": [face(1, 11), face(200, 12)]}
    monkeypatch.setattr(FaceFinder, "_search", lambda self, image, kind: found[kind])
    monkeypatch.setattr(finder, "_detector", detector)
    faces = finder.find_all(np.zeros((9, 9, 3), np.uint8))
    assert [one.box[0] for one in faces] == places


def test_the_cnn_finds_the_same_face(finder, monkeypatch):
    data = pytest.importorskip("skimage.data")
    image = np.ascontiguousarray(data.astronaut()[:230, 100:330])
    monkeypatch.setitem(face_finder._MAX_PIXELS, "cnn", 53_000.0)
    monkeypatch.setattr(finder, "_detector", "hog")
    place = find_places(finder.find_all(image))
    monkeypatch.setattr(finder, "_detector", "cnn")
    found = find_places(finder.find_all(image))
    assert len(found) == 1 and np.abs(found - place).max() < 5


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (10, 10), (12, 9)])
def test_strips_and_specks_have_no_faces(finder, size):
    assert finder.find_all(np.zeros((*size, 3), np.uint8)) == []


def test_an_unknown_detector_is_refused():
    with pytest.raises(ConfigError, match="detector is 'dpm'; expected one of auto, hog, cnn"):
        check_detector("dpm")
