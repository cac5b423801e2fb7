"""Image files on disk: listing them, and decoding them so that damage is noticed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fcsrlib.errors import DataError, UndecodableImageError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})

_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def list_images(folder: Path, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> list[str]:
    """Return the images below ``folder`` as sorted relative names with forward slashes.

    Hidden files and folders are left out; a link that leads nowhere is not, so that it is missed.

    Args:
        folder: Where to look.
        suffixes: Those of an image, in lower case.

    Raises:
        DataError: No such folder, or no image in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; expected a folder of images.")
    names = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        is_there = path.is_file() or (path.is_symlink() and not path.exists())
        if not hidden and path.suffix.lower() in suffixes and is_there:
            names.append(name.as_posix())
    if not names:
        raise DataError(f"{folder} has no image; expected {', '.join(sorted(suffixes))}.")
    return sorted(names)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image as RGB, uint8 (H, W, 3), turned upright as its EXIF orientation says.

    Raises:
        UndecodableImageError: Absent, empty, truncated or not an image.
    """
    return decode_image(read_bytes(path), path)


def read_label_map(path: Path) -> NDArray[np.uint8]:
    """Read an 8-bit gray image whose values are class indices, uint8 (H, W).

    Raises:
        DataError: It has several channels or more than 8 bits.
        UndecodableImageError: Absent, empty, truncated or not an image.
    """
    labels = _decode(read_bytes(path), path, cv2.IMREAD_UNCHANGED)
    if labels.ndim != 2 or labels.dtype != np.uint8:
        raise DataError(
            f"{path} is {labels.dtype} {labels.shape}; expected an 8-bit gray image of class "
            "indices, (H, W)."
        )
    return labels


def read_gray(path: Path) -> NDArray[np.uint8]:
    """Read an image as gray, uint8 (H, W), for masks that are stored with one channel or three.

    Raises:
        UndecodableImageError: Absent, empty, truncated or not an image.
    """
    return _decode(read_bytes(path), path, cv2.IMREAD_GRAYSCALE)


def check_present(folder: Path, names: Iterable[str]) -> None:
    """Check that ``folder`` holds the files ``names``, by one listing: many stats take minutes.

    Raises:
        DataError: Some are absent; the first are named.
    """
    present = set(os.listdir(folder))
    absent = [name for name in names if name not in present]
    if absent:
        raise DataError(
            f"{folder} lacks {len(absent)} file(s) that the lists name: {name_some(absent)}. "
            "Unpack the archive completely."
        )


def name_some(names: Iterable[str], limit: int = 3) -> str:
    """Return the first names for an error message: ``a.jpg, b.jpg, c.jpg, ...``."""
    listed = list(names)
    return ", ".join(listed[:limit]) + (", ..." if len(listed) > limit else "")


def encode_name(name: str) -> bytes:
    """Return a file's name in UTF-8.

    Raises:
        DataError: It is in another encoding, as old archives have them; no list could hold it.
    """
    try:
        return name.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"the file name {os.fsencode(name)!r} is not UTF-8; rename it.") from error


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        UndecodableImageError: It is absent or cannot be read.
    """
    if path.is_fifo():  # reading would wait for a writer, for good where there is none
        raise UndecodableImageError(f"{path} is a pipe; expected a file.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UndecodableImageError(f"{path} cannot be read: {error.strerror}.") from error


def decode_image(data: bytes, path: Path) -> NDArray[np.uint8]:
    """Decode an image file's bytes as :func:`read_image` does.

    Args:
        data: The file's bytes.
        path: Where they come from, for the error.

    Raises:
        UndecodableImageError: Empty, truncated or not an image.
    """
    return _decode(data, path, cv2.IMREAD_COLOR_RGB)


def _decode(data: bytes, path: Path, flags: int) -> NDArray[Any]:
    if not data:
        raise UndecodableImageError(f"{path} is empty; expected an image.")
    # OpenCV fills the rest of a truncated JPEG with gray and reports success.
    if data.startswith(_JPEG_START) and not _has_jpeg_end(data):
        raise UndecodableImageError(f"{path} is truncated: the JPEG's end marker is missing.")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise UndecodableImageError(f"{path} cannot be decoded: {error.err}.") from error
    if image is None:
        raise UndecodableImageError(f"{path} cannot be decoded; expected an image.")
    return image


def _has_jpeg_end(data: bytes) -> bool:
    """Return whether the end marker comes after the pixels have begun.

    An embedded thumbnail, which lies before them, has one of its own. After it phones append what
    is no part of the picture: films, depth maps, notes of the maker.
    """
    place = len(_JPEG_START)
    while data[place : place + 1] == b"\xff" and data[place : place + 2] != _JPEG_SCAN:
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return data.find(_JPEG_END, place) >= 0
