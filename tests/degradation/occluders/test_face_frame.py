import numpy as np
import pytest

from fcsrlib.degradation.occluders.face_frame import find_frame

UNKNOWN = np.full((81, 2), np.nan, np.float32)


def test_the_mean_face_of_128_is_the_centre_of_that_of_144():
    for one, other in zip(find_frame(UNKNOWN, 144), find_frame(UNKNOWN, 128), strict=True):
        np.testing.assert_allclose(one - 8, other, atol=1e-4)


def test_the_mean_face_is_symmetric():
    frame = find_frame(UNKNOWN, 144)
    mirrored = frame.jaw[::-1] * (-1, 1) + (144, 0)
    np.testing.assert_allclose(frame.jaw, mirrored, atol=1e-4)


def test_landmarks_are_taken_where_all_needed_ones_are_known():
    points = np.random.default_rng(0).uniform(20, 120, (81, 2)).astype(np.float32)
    points[68:] = np.nan  # the hairline is not needed
    frame = find_frame(points, 144)
    assert np.array_equal(frame.jaw, points[:17])
    np.testing.assert_allclose(frame.eyes[0], points[36:42].mean(0), rtol=1e-5)
    points[3] = np.nan
    assert np.array_equal(find_frame(points, 144).jaw, find_frame(UNKNOWN, 144).jaw)


def test_units_are_eye_distances_from_between_the_eyes():
    frame = find_frame(UNKNOWN, 144)
    assert frame.unit == pytest.approx(31.7, abs=0.1)
    np.testing.assert_allclose(frame.at((-0.5, 0)), frame.eyes[0], atol=0.1)
    np.testing.assert_allclose(frame.at((0, 1.139)), frame.mouth, atol=0.2)


def test_the_outline_is_met_at_whole_numbers_and_moved_away_from_the_face():
    frame = find_frame(UNKNOWN, 144)
    np.testing.assert_allclose(frame.along_jaw([0, 8]), frame.jaw[[0, 8]], atol=1e-4)
    np.testing.assert_allclose(frame.along_jaw([2.5])[0], frame.jaw[2:4].mean(0), atol=1e-4)
    assert frame.along_jaw([0], 1.2)[0, 0] < frame.jaw[0, 0] - 5
    assert frame.along_jaw([8], 1.2)[0, 1] > frame.jaw[8, 1] + 5


def test_jitter_keeps_the_shape():
    frame = find_frame(UNKNOWN, 144)
    still = frame.jitter(np.random.default_rng(0), 0.0)
    moved = frame.jitter(np.random.default_rng(0), 0.1)
    np.testing.assert_allclose(still.jaw, frame.jaw, atol=1e-3)
    ratio = moved.unit / frame.unit
    assert ratio != pytest.approx(1, abs=1e-3)
    before, after = (np.linalg.norm(one.jaw[16] - one.jaw[0]) for one in (frame, moved))
    assert after / before == pytest.approx(ratio, rel=1e-4)
