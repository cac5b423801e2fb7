"""Where a face lies in a photograph: alignment, cutting out and putting back."""

import numpy as np
import pytest

from fcsrlib.data import AlignFace
from fcsrlib.data.align_face import CELEBA_ANCHORS
from fcsrlib.data.sample import make_sample
from fcsrlib.data.similarity import move_points
from fcsrlib.errors import DataError
from fcsrlib.inference.photo.frame import frame_by_eyes, frame_by_points

TARGETS = np.array(CELEBA_ANCHORS) * (144 / 178) - 0.5 - 8


def test_a_face_is_cut_out_as_the_data_sets_align_it(scene, place_face):
    points = place_face(200, 150, 128, degrees=11)
    frame = frame_by_points(points)
    assert frame.crop_px == 128 and frame.side_px == pytest.approx(128, abs=0.3)
    face, hidden = frame.cut(scene, None)
    aligned = AlignFace(144).apply(make_sample("a", scene, points), {})["hr_target"][8:-8, 8:-8]
    assert np.abs(face.astype(int) - aligned).max() <= 1
    assert not hidden.any()


def test_eyes_come_to_their_place_in_either_order():
    eyes = np.array([(120.5, 80.0), (170.0, 95.5)])
    frame = frame_by_eyes(eyes.ravel())
    assert np.allclose(move_points(eyes, frame.matrix), TARGETS[:2], atol=1e-4)
    again = frame_by_eyes(eyes[::-1].ravel())
    assert np.allclose(frame.matrix, again.matrix)
    assert frame.side_px == pytest.approx(np.hypot(49.5, 15.5) * 128 / (39 * 144 / 178))


@pytest.mark.parametrize(
    "eyes",
    [(1, 2, 3), (5, 5, 5, 5), (1, 2, np.nan, 4), (0, 0, 9000, 0), 120, "abc", [None] * 4],
)
def test_eyes_without_a_place_or_size_are_refused(eyes):
    with pytest.raises(DataError, match=r"expected four numbers|has no size between"):
        frame_by_eyes(eyes)


def test_points_that_are_unknown_are_refused(place_face):
    with pytest.raises(DataError, match=r"are \(68, 2\); expected 68 or 81 finite ones"):
        frame_by_points(np.full((68, 2), np.nan, np.float32))


def test_the_square_has_its_corners_and_depth_where_it_was_placed(place_face):
    frame = frame_by_points(place_face(200, 150, 80))
    corners = frame.find_corners()
    expected = [(160, 110), (240, 110), (240, 190), (160, 190)]
    assert np.abs(corners - expected).max() < 0.5
    rows, columns = frame.find_window(300, 400)
    assert (rows.start, columns.start) == (109, 159)
    assert 191 <= rows.stop <= 192 and 241 <= columns.stop <= 242
    depth = frame.find_depth((slice(100, 200), slice(150, 250)))
    assert depth[50, 50] == pytest.approx(64, abs=0.6)
    assert depth[50, 10] == pytest.approx(0, abs=0.6) and depth[5, 50] < 0
    assert frame.find_window(100, 100) is None


def test_an_enlarged_photograph_has_the_same_square(place_face):
    frame = frame_by_points(place_face(200, 150, 80, degrees=30))
    large = frame.enlarge(4)
    assert large.side_px == pytest.approx(4 * frame.side_px)
    assert np.allclose(large.find_corners(), (frame.find_corners() + 0.5) * 4 - 0.5)


@pytest.mark.parametrize("side", [40, 128, 230])
def test_what_is_cut_out_and_put_back_is_the_photograph(scene, place_face, side):
    frame = frame_by_points(place_face(195, 148, side, degrees=-20))
    face, _ = frame.cut(scene, None)
    window = frame.find_window(*scene.shape[:2])
    back = frame.project(face, window)
    inside = frame.find_depth(window) > 4
    assert np.abs(back.astype(int) - scene[window])[inside].mean() < 1.0


def test_what_is_hidden_is_not_read_and_its_rim_is_hidden_too(scene, place_face):
    frame = frame_by_points(place_face(200, 150, 100, degrees=15))
    hole = np.zeros(scene.shape[:2], bool)
    hole[140:170, 190:230] = True
    others = scene.copy()
    others[hole] = (0, 255, 0)
    face, hidden = frame.cut(scene, hole)
    assert np.array_equal(face[~hidden], frame.cut(others, hole)[0][~hidden])
    share = hidden.mean() * frame.side_px**2
    assert 30 * 40 < share < 33 * 43
    whole, _ = frame.cut(scene, None)
    assert np.abs(face.astype(int) - whole)[~hidden].max() <= 12  # extrapolated at the rim


def test_what_lies_outside_of_the_photograph_is_hidden(scene, place_face):
    frame = frame_by_points(place_face(10, 150, 100))
    face, hidden = frame.cut(scene, None)
    assert hidden[:, :39].all() and not hidden[:, 41:].any()
    assert face[~hidden].min() >= 40
    assert frame_by_points(place_face(-200, 150, 100)).cut(scene, None) is None


def test_a_large_face_is_averaged_to_a_bounded_side(place_face):
    columns = np.linspace(0, 255, 3000, dtype=np.float32)
    photo = np.broadcast_to(columns[None, :, None], (3000, 3000, 3)).round().astype(np.uint8)
    frame = frame_by_points(place_face(1500, 1500, 2500))
    face, hidden = frame.cut(photo, None)
    assert face.shape == (1024, 1024, 3) and not hidden.any()
    low = (250 + 2500 * (np.arange(1024) + 0.5) / 1024) / 3000 * 255
    assert np.abs(face[512, :, 0] - low).max() < 1.5


def test_a_picture_is_averaged_where_the_photograph_has_fewer_pixels(place_face):
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    frame = frame_by_points(place_face(50, 50, 32))
    window = frame.find_window(100, 100)
    inside = frame.find_depth(window) > 8
    assert np.abs(frame.project(stripes, window).astype(int)[inside] - 100).max() <= 2
