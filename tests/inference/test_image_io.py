"""Anything in, RGB pixels out; damaged files are named in one line."""

import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from fcsrlib.inference.image_io import read_any, save_image
from fcsrlib.inference.pixel_arrays import BLACK

ORIENTATION = 0x0112


@pytest.fixture
def colours():
    """Return a smooth picture (24, 20, 3) whose corners differ."""
    rows, cols = np.mgrid[0:24, 0:20]
    return np.stack([rows * 10, cols * 12, 255 - rows * 5 - cols * 5], 2).astype(np.uint8)


def save(image, path, **how):
    image.save(path, **how)
    return path


def test_every_kind_of_colour_image_gives_the_same_pixels(colours, tmp_path):
    path = save(Image.fromarray(colours), tmp_path / "a.png")
    tensor = torch.from_numpy(colours).permute(2, 0, 1)
    for image, kind in (
        (path, "path"),
        (str(path), "path"),
        (Image.fromarray(colours), "pil"),
        (colours, "array"),
        (colours.astype(np.uint16) * 257, "array"),
        (colours / 255, "array"),
        (tensor, "tensor"),
        (tensor.float() / 255, "tensor"),
        (np.dstack([colours, np.full((24, 20), 255, np.uint8)]), "array"),
    ):
        found = read_any(image)
        assert np.array_equal(found.pixels, colours)
        assert (found.kind, found.notes) == (kind, ())


@pytest.mark.parametrize("shape", [(24, 20), (24, 20, 1)])
def test_gray_becomes_three_equal_channels(shape):
    gray = np.arange(480, dtype=np.uint16).reshape(shape).astype(np.uint8)
    pixels = read_any(gray).pixels
    assert all(np.array_equal(pixels[:, :, one], gray.reshape(24, 20)) for one in range(3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(colours, tmp_path, orientation):
    stored = {
        1: colours,
        2: colours[:, ::-1],
        3: colours[::-1, ::-1],
        4: colours[::-1],
        5: colours.transpose(1, 0, 2),
        6: np.rot90(colours),
        7: colours[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(colours, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "turned.png"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    assert np.array_equal(read_any(path).pixels, colours)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_malformed_exif_is_ignored_and_said(colours, tmp_path):
    path = tmp_path / "odd.jpg"
    Image.fromarray(colours).save(path, exif=b"Exif\0\0MM\0*garbage-garbage")
    found = read_any(path)
    assert found.pixels.shape == (24, 20, 3)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_gray_keeps_its_levels(tmp_path, suffix):
    levels = np.array([[0, 257, 128 * 257, 65535]] * 4, np.uint16)
    path = save(Image.fromarray(levels), tmp_path / f"deep{suffix}")
    assert read_any(path).pixels[0, :, 0].tolist() == [0, 1, 128, 255]


def test_a_palette_gives_its_colours(colours, tmp_path):
    flat = np.zeros((8, 8, 3), np.uint8)
    flat[:4] = (200, 10, 60)
    path = save(Image.fromarray(flat).quantize(4), tmp_path / "palette.gif")
    assert np.array_equal(read_any(path).pixels, flat)


def test_transparent_pixels_show_the_background(tmp_path):
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[0, 0] = (100, 0, 0, 255)
    pixels[0, 1] = (100, 0, 0, 51)
    path = save(Image.fromarray(pixels), tmp_path / "clear.png")
    for image in (path, pixels):
        found = read_any(image)
        assert found.pixels[0, :3].tolist() == [[100, 0, 0], [224, 204, 204], [255, 255, 255]]
        assert found.notes == ("transparent pixels laid over white",)
        assert read_any(image, BLACK).pixels[0, 2].tolist() == [0, 0, 0]


def test_a_palette_with_a_transparent_colour_is_laid_over_white_too(tmp_path):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30] * 256)
    path = save(image, tmp_path / "p.png", transparency=0)
    assert (read_any(path).pixels == 255).all()


def test_cmyk_becomes_rgb_and_says_so(tmp_path):
    path = save(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), tmp_path / "cmyk.jpg", quality=95)
    found = read_any(path)
    assert np.abs(found.pixels.astype(int) - [255, 0, 0]).max() <= 3
    assert "CMYK" in found.notes[0]


def test_of_an_animation_the_first_frame_is_taken_and_said(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    found = read_any(path)
    assert found.pixels[0, 0].tolist() == [255, 0, 0]
    assert found.notes == ("the first of 3 frames",)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_file_is_refused(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = save(Image.fromarray(noise), tmp_path / f"whole{suffix}").read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UndecodableImageError, match="cut") as caught:
        read_any(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content, message",
    [(b"", "is empty"), (b"hello, I am text", "is no image"), (b"%!PS-Adobe EPSF", "is no image")],
)
def test_what_is_no_image_is_refused_whatever_its_name(tmp_path, content, message):
    path = tmp_path / "text.jpg"
    path.write_bytes(content)
    with pytest.raises(UndecodableImageError, match=message):
        read_any(path)


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(UndecodableImageError, match="cannot be read"):
            read_any(path)


@pytest.mark.parametrize("side", [9500, 14000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    path = save(Image.new("1", (side, side)), tmp_path / "bomb.png")
    assert path.stat().st_size < 100_000
    with pytest.raises(UndecodableImageError, match="pixels.*shrink it first"):
        read_any(path)


def test_twenty_megapixels_are_read(tmp_path):
    path = save(Image.new("L", (5000, 4000), 7), tmp_path / "large.png")
    assert read_any(path).pixels.shape == (4000, 5000, 3)


@pytest.mark.parametrize(
    "array, message",
    [
        (np.zeros((4, 4, 2), np.uint8), r"is uint8 \(4, 4, 2\); expected"),
        (np.zeros((3, 8, 8), np.uint8), r"is uint8 \(3, 8, 8\); expected"),
        (np.zeros((0, 8), np.uint8), "expected"),
        (np.zeros((8, 8), np.int64), "is int64; expected uint8, uint16 or floats"),
        (np.full((8, 8), 255.0), "from 255 to 255; expected"),
        (np.full((8, 8), np.nan), "from nan to nan; expected"),
        (torch.zeros(8, 8, 3), "expected channels first"),
    ],
)
def test_an_array_of_another_kind_is_refused_with_its_reason(array, message):
    with pytest.raises(DataError, match=message):
        read_any(array)


def test_what_is_no_image_at_all_is_refused():
    with pytest.raises(ConfigError, match="an image is int; expected a path"):
        read_any(3)


@pytest.mark.parametrize("suffix, error", [(".png", 0), (".jpg", 4), (".jpeg", 4), (".webp", 20)])
def test_what_is_saved_is_read_again(colours, tmp_path, suffix, error):
    path = tmp_path / "new" / f"a{suffix}"
    save_image(colours, path)
    assert np.abs(read_any(path).pixels.astype(int) - colours).max() <= error
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_cannot_be_saved_is_refused(colours, tmp_path):
    with pytest.raises(ConfigError, match="expected one of .png"):
        save_image(colours, tmp_path / "a.bmp")
    with pytest.raises(DataError, match=r"expected uint8 \(H, W, 3\)"):
        save_image(colours[:, :, 0], tmp_path / "a.png")
    with pytest.raises(DataError, match="cannot be encoded"):
        save_image(np.zeros((1, 17000, 3), np.uint8), tmp_path / "a.webp")
