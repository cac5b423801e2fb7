"""Photos in, holes to and fro between canvas and photo."""

import numpy as np
import pytest
from PIL import Image

from fcsrlib.demo import photo
from fcsrlib.demo.photo import MAX_CANVAS_PX, draw_strokes, make_canvas, read_photo, read_strokes
from fcsrlib.errors import DataError, UndecodableImageError


def save(path, width, height):
    Image.new("RGB", (width, height), (10, 20, 30)).save(path)
    return path


def make_layer(height, width, rows, columns, opacity=255):
    layer = np.zeros((height, width, 4), np.uint8)
    layer[rows, columns] = (0, 0, 0, opacity)
    return layer


def test_a_photo_is_read_as_it_is(tmp_path):
    found = read_photo(save(tmp_path / "a.png", 30, 20))
    assert found.pixels.shape == (20, 30, 3)
    assert (found.pixels == (10, 20, 30)).all()


def test_a_photo_that_was_cleaned_away_is_asked_for_again(tmp_path):
    with pytest.raises(DataError, match="no longer here; open it again"):
        read_photo(tmp_path / "a.png")


def test_too_many_pixels_are_refused_before_decoding(tmp_path, monkeypatch):
    path = save(tmp_path / "a.png", 30, 20)
    path.write_bytes(path.read_bytes()[:60])  # a header and no pixels
    monkeypatch.setattr(photo, "MAX_PIXELS", 599)
    with pytest.raises(DataError, match=r"^a\.png is 30x20; expected at most 0 megapixels"):
        read_photo(path)


def test_too_small_a_photo_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"^a\.png is 40x15; expected at least 16 px"):
        read_photo(save(tmp_path / "a.png", 40, 15))


@pytest.mark.parametrize("content", [b"text", b"", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_named_without_its_folder(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UndecodableImageError, match=r"^a\.png is ") as caught:
        read_photo(tmp_path / "a.png")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "photo_size, canvas_size",
    [((16, 16), (512, 512)), ((200, 100), (600, 300)), ((512, 600), (512, 600))],
)
def test_the_pixels_of_small_photos_are_repeated(photo_size, canvas_size):
    pixels = np.random.default_rng(0).integers(0, 256, (*photo_size, 3), np.uint8)
    canvas = make_canvas(pixels)
    assert canvas.shape == (*canvas_size, 3)
    times = canvas_size[0] // photo_size[0]
    assert np.array_equal(canvas[times // 2 :: times, times // 2 :: times], pixels)


@pytest.mark.parametrize("size, canvas_size", [((1500, 3000), (512, 1024)), ((3000, 1), (1024, 1))])
def test_large_photos_are_shrunk(size, canvas_size):
    assert make_canvas(np.full((*size, 3), 7, np.uint8)).shape == (*canvas_size, 3)
    assert max(canvas_size) == MAX_CANVAS_PX


def test_a_stroke_hides_every_pixel_of_the_photo_that_it_touches():
    layer = make_layer(512, 512, slice(63, 65), slice(0, 33))
    expected = np.zeros((16, 16), bool)
    expected[1:3, 0:2] = True  # canvas pixels 32 to 95 and 0 to 63
    assert np.array_equal(read_strokes([layer], 16, 16), expected)


def test_several_layers_are_joined_and_faint_paint_does_not_count():
    layers = [
        make_layer(20, 20, 3, 4),
        make_layer(20, 20, 8, 9),
        make_layer(20, 20, 15, 15, opacity=127),
    ]
    assert np.argwhere(read_strokes(layers, 20, 20)).tolist() == [[3, 4], [8, 9]]


@pytest.mark.parametrize("layers", [[], [np.zeros((20, 20, 4), np.uint8)]])
def test_without_paint_there_is_no_hole(layers):
    assert read_strokes(layers, 20, 20) is None


@pytest.mark.parametrize("side", [20, 600, 2500])
def test_what_is_drawn_and_read_again_covers_the_hole_and_little_more(side):
    hole = np.zeros((side, side), bool)
    hole[side // 4 : side // 2, side // 3 : side // 2] = True
    canvas = make_canvas(np.zeros((side, side, 3), np.uint8))
    again = read_strokes([draw_strokes(hole, *canvas.shape[:2])], side, side)
    assert again[hole].all()
    reach = -(-side // len(canvas))  # a pixel of the canvas, in pixels of the photo
    rows, columns = np.nonzero(again)
    assert rows.min() >= side // 4 - reach and rows.max() < side // 2 + reach
    assert columns.min() >= side // 3 - reach and columns.max() < side // 2 + reach
    if side <= MAX_CANVAS_PX:
        assert np.array_equal(again, hole)
