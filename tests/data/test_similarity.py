import cv2
import numpy as np
import pytest

from fcsrlib.data.similarity import (
    fit_similarity,
    join,
    make_resizing,
    make_rotation,
    move_image,
    move_labels,
    move_points,
)


def make_similarity(scale, degrees, shift):
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([scale * turn, shift])


def test_a_similarity_is_found_again_from_what_it_moved(rng):
    points = rng.uniform(0, 100, (5, 2))
    matrix = make_similarity(0.4, 130, (20, -3))
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(fit_similarity(points, moved), matrix, atol=1e-9)


def test_the_fit_is_scikit_images_least_squares(rng):
    from skimage.transform import SimilarityTransform

    points, targets = rng.uniform(0, 100, (3, 2)), rng.uniform(0, 50, (3, 2))
    expected = SimilarityTransform.from_estimate(points, targets).params[:2]
    np.testing.assert_allclose(fit_similarity(points, targets), expected, atol=1e-9)


def test_points_that_coincide_have_no_similarity(rng):
    assert not np.isfinite(fit_similarity(np.ones((3, 2)), rng.uniform(0, 9, (3, 2)))).all()


def test_the_identity_changes_no_bit(face):
    matrix = make_resizing((144, 144), (144, 144))
    assert np.array_equal(move_image(face["hr_target"], matrix, 144), face["hr_target"])
    assert np.array_equal(move_labels(face["parsing"], matrix, 144), face["parsing"])
    assert np.array_equal(move_points(face["landmarks"], matrix), face["landmarks"])


def test_shrinking_is_the_mean_over_blocks(face):
    small = move_image(face["hr_target"], make_resizing((144, 144), (36, 36)), 36)
    blocks = face["hr_target"].reshape(36, 4, 36, 4, 3).mean((1, 3))
    assert np.abs(small - blocks).max() <= 0.5


def test_a_quarter_turn_is_rot90(face):
    matrix = make_rotation(90, 144)
    turned = np.rot90(face["hr_target"]).astype(int)
    assert np.abs(move_image(face["hr_target"], matrix, 144).astype(int) - turned).max() <= 1
    assert np.array_equal(move_labels(face["parsing"], matrix, 144), np.rot90(face["parsing"]))
    np.testing.assert_allclose(move_points(np.float32([[143, 0]]), matrix), [[0, 0]], atol=1e-4)


@pytest.mark.parametrize("scale", [0.21, 0.8, 1.7])
def test_a_dot_is_found_where_its_point_is_moved(scale):
    rows, columns = np.mgrid[:300, :200]
    radius = 3 / scale
    blob = 255 * np.exp(-((columns - 90.3) ** 2 + (rows - 170.6) ** 2) / (2 * radius**2))
    image = np.repeat(blob[..., None], 3, 2).round().astype(np.uint8)
    matrix = make_similarity(scale, 25, (0, 0))
    matrix[:, 2] = (40, 50) - matrix[:, :2] @ (90, 170)
    weight = move_image(image, matrix, 96).mean(-1)
    weight[weight < 8] = 0
    rows, columns = np.mgrid[:96, :96]
    found = (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()
    np.testing.assert_allclose(move_points(np.float32([[90.3, 170.6]]), matrix)[0], found, atol=0.1)


def test_labels_are_the_nearest_ones_and_unknown_outside(rng):
    labels = rng.integers(0, 11, (30, 40), dtype=np.uint8)
    matrix = make_similarity(0.6, -37, (4.2, 9.1))
    moved = move_labels(labels, matrix, 24)
    for row in range(24):
        for column in range(24):
            x, y = np.linalg.solve(matrix[:, :2], (column, row) - matrix[:, 2])
            x, y = round(x), round(y)
            expected = labels[y, x] if 0 <= x < 40 and 0 <= y < 30 else 255
            assert moved[row, column] == expected
    assert (moved == 255).any() and (moved != 255).any()


def test_outside_the_border_is_repeated():
    image = np.zeros((20, 20, 3), np.uint8)
    image[0] = 200
    moved = move_image(image, np.array([[1.0, 0, 0], [0, 1, 10]]), 20)
    assert (moved[:10] == 200).all() and (moved[12:] == 0).all()


def test_resizing_follows_opencvs_pixel_centres(face):
    matrix = make_resizing((144, 144), (288, 288))
    expected = cv2.resize(face["hr_target"], (288, 288), interpolation=cv2.INTER_CUBIC)
    difference = np.abs(move_image(face["hr_target"], matrix, 288).astype(int) - expected)
    assert difference[4:-4, 4:-4].mean() < 1


def test_joining_is_one_after_the_other(rng):
    first, second = make_similarity(2, 30, (1, 2)), make_similarity(0.3, -80, (7, 0))
    points = rng.uniform(0, 9, (4, 2)).astype(np.float32)
    expected = move_points(move_points(points, first), second)
    np.testing.assert_allclose(move_points(points, join(first, second)), expected, atol=1e-4)
