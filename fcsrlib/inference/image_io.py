"""Reads any image as RGB pixels and says what was found; writes PNG, JPEG and WebP."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from fcsrlib.data.image_files import IMAGE_SUFFIXES, read_bytes
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from fcsrlib.inference.pixel_arrays import BLACK, WHITE, describe_array, to_array, to_rgb

ImageLike: TypeAlias = "str | Path | Image.Image | NDArray[Any] | Tensor"
Pixels: TypeAlias = NDArray[np.uint8]

MAX_PIXELS = 89_478_485
"""Larger files are refused before they are decoded: Pillow's own limit, 256 MiB of RGB."""
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""Suffix → format of what can be written."""
READABLE_SUFFIXES = IMAGE_SUFFIXES | {".gif", ".pbm", ".pgm", ".pnm", ".ppm"}
"""What is taken for an image in a folder; training reads less, see :data:`IMAGE_SUFFIXES`."""

# No format that runs another program (EPS) or that nobody takes photographs in.
_READABLE = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
_OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 4},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
}
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


@dataclass(frozen=True)
class FoundImage:
    """An image as the library works on it.

    Attributes:
        pixels: RGB, uint8 (H, W, 3), turned upright.
        kind: What it came as: ``path``, ``pil``, ``array`` or ``tensor``.
        notes: What had to be decided on the way, for people.
    """

    pixels: Pixels
    kind: str
    notes: tuple[str, ...] = ()


def read_any(image: ImageLike, background: int = WHITE) -> FoundImage:
    """Return any image as RGB.

    Transparent pixels are laid over ``background``: a restored face has no alpha channel.

    Args:
        image: A path; a PIL image; an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); a tensor
            (H, W), (1, H, W), (3, H, W) or (4, H, W). Numbers are uint8, uint16 or floats in
            [0, 1]; colours are RGB.
        background: Gray level that shows through transparent pixels.

    Raises:
        UndecodableImageError: A file that is absent, damaged, no image or too large.
        DataError: An array of another shape, type or range.
        ConfigError: No kind of image at all.
    """
    if isinstance(image, (str, Path)):
        return _read_file(Path(image), background)
    if isinstance(image, Image.Image):
        return FoundImage(*_convert(image, "the PIL image", background, "pil"))
    if isinstance(image, (np.ndarray, Tensor)):
        array, kind = to_array(image)
        pixels, notes = to_rgb(array, f"the {kind}", background)
        return FoundImage(pixels, kind, notes)
    raise ConfigError(
        f"an image is {type(image).__name__}; expected a path, a PIL image, an array or a tensor."
    )


def save_image(pixels: Pixels, path: str | Path) -> None:
    """Write RGB pixels, uint8 (H, W, 3), whole or not at all; the suffix names the format.

    PNG keeps every bit; JPEG and WebP have quality 95, JPEG without chroma subsampling.

    Raises:
        ConfigError: Another suffix than those of :data:`WRITABLE`.
        DataError: ``pixels`` is no such array, or too large for the format.
        FCSRError: The file cannot be written.
    """
    path = Path(path)
    form = WRITABLE.get(path.suffix.lower())
    if form is None:
        raise ConfigError(f"{path} cannot be written; expected one of {', '.join(WRITABLE)}.")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise DataError(f"{path}: pixels are {describe_array(pixels)}; expected uint8 (H, W, 3).")
    buffer = BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, form, **_OPTIONS[form])
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be encoded as {form}: {error}.") from error
    write_whole(buffer.getvalue(), path)


def _read_file(path: Path, background: int) -> FoundImage:
    data = read_bytes(path)
    if not data:
        raise UndecodableImageError(f"{path} is empty; expected an image.")
    try:
        with Image.open(BytesIO(data), formats=_READABLE) as opened:
            _check_size(opened, path)
            opened.load()
            return FoundImage(*_convert(opened, str(path), background, "path"))
    except (UndecodableImageError, DataError):
        raise
    except Image.UnidentifiedImageError as error:
        raise UndecodableImageError(
            f"{path} is no image; expected one of {', '.join(_READABLE)}."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UndecodableImageError(
            f"{path} claims more than {MAX_PIXELS} pixels; shrink it first."
        ) from error
    except Exception as error:  # decoders raise many kinds at damaged files
        raise UndecodableImageError(f"{path} is damaged: {error}.") from error


def _check_size(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UndecodableImageError(
            f"{path} is {image.width}x{image.height}; expected at most {MAX_PIXELS} pixels: "
            "shrink it first."
        )


def _convert(
    image: Image.Image, name: str, background: int, kind: str
) -> tuple[Pixels, str, tuple[str, ...]]:
    """Return what :class:`FoundImage` holds."""
    notes = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        notes.append(f"the first of {frames} frames")
    image = _turn_upright(image, notes)
    if image.mode in _DEEP_MODES:
        array = _read_deep(image, name)
    else:
        is_clear = image.has_transparency_data
        if image.mode == "CMYK":
            notes.append("CMYK converted to RGB without its colour profile")
        array = np.asarray(image.convert("RGBA" if is_clear else "RGB"))
    pixels, more = to_rgb(array, name, background)
    return pixels, kind, (*notes, *more)


def _turn_upright(image: Image.Image, notes: list[str]) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # whatever a malformed EXIF block leads to; the pixels are sound
        notes.append("its EXIF data is malformed and was ignored")
        return image


def _read_deep(image: Image.Image, name: str) -> NDArray[Any]:
    """Return gray pixels of more than 8 bits as uint16 or float."""
    array = np.asarray(image)
    if image.mode == "F":
        return array
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.uint16).max):
        raise DataError(f"{name} has gray levels beyond 16 bits; expected 0..65535.")
    return array.astype(np.uint16)


__all__ = ["BLACK", "WHITE", "FoundImage", "ImageLike", "read_any", "save_image"]
