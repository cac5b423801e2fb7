import numpy as np
import pytest

from fcsrlib.degradation.occluders.canvas import Canvas
from fcsrlib.degradation.occluders.compositing import compress, lay_over
from fcsrlib.degradation.occluders.shapes import arc, ellipse, rotation, round_corners
from fcsrlib.degradation.occluders.textures import PATTERNS, make_noise, make_texture

RED, SKIN = np.array([200.0, 10.0, 20.0]), np.array([200.0, 160.0, 140.0])
SQUARE = np.array([(15.5, 15.5), (47.5, 15.5), (47.5, 47.5), (15.5, 47.5)], np.float32)


@pytest.fixture
def canvas():
    return Canvas(64, SKIN)


def test_a_filled_square_covers_its_area_in_its_colour(canvas):
    canvas.fill(SQUARE, RED)
    colour, opacity = canvas.flatten()
    assert opacity.sum() == pytest.approx(32 * 32, rel=0.05)
    np.testing.assert_allclose(colour[30, 30], RED, atol=1)
    # An edge pixel is as red as the others, only less opaque.
    is_edge = (opacity > 0.1) & (opacity < 0.9)
    assert is_edge.any()
    np.testing.assert_allclose(colour[is_edge], np.tile(RED, (is_edge.sum(), 1)), atol=3)


def test_opacity_is_that_of_the_fill(canvas):
    canvas.fill(SQUARE, RED, 0.6)
    assert canvas.flatten()[1][30, 30] == pytest.approx(0.6, abs=0.01)


def test_marks_and_creases_do_not_cover(canvas):
    line = arc(np.array([10, 30]), np.array([50, 30]), 0.0)
    canvas.mark([line], RED, 2)
    canvas.print_polygon(SQUARE, RED)
    canvas.crease([line], 2, 0.5)
    assert not canvas.coverage.any()
    assert canvas.shade[30, 30] < 0.9 < 1 < canvas.shade[33:36, 30].max()
    assert canvas.shade[5, 5] == 1


def test_round_edges_are_darkest_at_the_edge(canvas):
    canvas.fill(SQUARE, RED)
    canvas.round_edges(8, 0.5)
    assert canvas.shade[31, 17] < canvas.shade[31, 20] < canvas.shade[31, 31] == 1


def test_an_empty_layer_changes_nothing(canvas):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    laid, covered = lay_over(np.random.default_rng(0), image, canvas)
    assert np.array_equal(laid, image) and not covered.any()


def test_a_layer_is_darker_over_a_dark_photograph():
    means = []
    for level in (40, 160):
        canvas = Canvas(64, SKIN)
        canvas.fill(SQUARE, np.array([180.0] * 3))
        image = np.full((64, 64, 3), level, np.uint8)
        laid, covered = lay_over(np.random.default_rng(2), image, canvas)
        means.append(laid[covered == 1].mean())
    assert means[0] < means[1]


def test_compression_keeps_size_and_looks():
    image = np.full((48, 48, 3), (10, 120, 200), np.uint8)
    again = compress(image, 80)
    assert again.shape == image.shape and again.dtype == np.uint8
    assert np.abs(again.astype(int) - image).max() < 12


def test_shapes_are_where_they_are_said_to_be():
    circle = ellipse(np.array([5, 7]), (3, 3))
    np.testing.assert_allclose(np.linalg.norm(circle - (5, 7), axis=1), 3, rtol=1e-5)
    bow = arc(np.array([0.0, 0.0]), np.array([10.0, 0.0]), 0.2, 11)
    np.testing.assert_allclose(bow[[0, 5, 10]], [(0, 0), (5, 2), (10, 0)], atol=1e-5)
    np.testing.assert_allclose(np.array([1, 0]) @ rotation(np.pi / 2), (0, 1), atol=1e-9)
    cut = round_corners(SQUARE, 1)
    assert len(cut) == 8 and np.array_equal(cut[0], 0.75 * SQUARE[0] + 0.25 * SQUARE[1])


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_shows_two_colours(pattern):
    spreads = [
        make_texture(np.random.default_rng(seed), 64, RED, pattern).std((0, 1)).max()
        for seed in range(5)
    ]
    assert np.mean(spreads) > 8


def test_plain_cloth_has_its_colour():
    texture = make_texture(np.random.default_rng(0), 64, RED)
    np.testing.assert_allclose(texture.mean((0, 1)), RED, atol=3)


def test_noise_has_about_unit_spread():
    spread = np.mean([make_noise(np.random.default_rng(seed), 96, 12).std() for seed in range(20)])
    assert 0.6 < spread < 1.2
