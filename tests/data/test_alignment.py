import numpy as np
import pytest

from fcsrlib.data import alignment
from fcsrlib.data.landmarks import MIRROR_68


def test_the_central_square_of_celeba_begins_at_row_20():
    assert alignment.find_central_square(218, 178, 178) == (0, 20)


def test_image_corners_stay_corners_when_points_are_resized():
    corners = np.float32([[-0.5, -0.5], [177.5, 177.5]])
    resized = alignment.resize_points(corners, 178, 144)
    np.testing.assert_allclose(resized, [[-0.5, -0.5], [143.5, 143.5]], atol=1e-4)


def test_resizing_there_and_back_returns_the_points(rng):
    points = rng.uniform(0, 144, (68, 2)).astype(np.float32)
    back = alignment.resize_points(alignment.resize_points(points, 144, 32), 32, 144)
    np.testing.assert_allclose(back, points, atol=1e-3)


@pytest.mark.parametrize("side", [64, 144])
def test_labels_are_taken_from_the_nearest_centre(rng, side):
    labels = rng.integers(0, 11, (178, 178), dtype=np.uint8)
    nearest = np.floor((np.arange(side) + 0.5) * 178 / side).astype(int)
    expected = labels[np.ix_(nearest, nearest)]
    assert (alignment.resize_labels(labels, side) == expected).all()


def test_mirroring_twice_returns_everything(rng):
    points = rng.uniform(0, 100, (68, 2)).astype(np.float32)
    image = rng.integers(0, 11, (100, 100), dtype=np.uint8)
    swaps = ((2, 3), (4, 5))
    twice = alignment.mirror_points(alignment.mirror_points(points, 100, MIRROR_68), 100, MIRROR_68)
    np.testing.assert_allclose(twice, points, atol=1e-4)
    assert (alignment.mirror_image(alignment.mirror_image(image)) == image).all()
    again = alignment.mirror_labels(alignment.mirror_labels(image, swaps), swaps)
    assert (again == image).all()
