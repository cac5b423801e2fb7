"""The file of packed faces: a safetensors file whose arrays are read where they lie on disk."""

from __future__ import annotations

import json
import math
import mmap
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from fcsrlib.data.image_files import decode_image
from fcsrlib.data.sample import ALIGNED_SIDE, UNKNOWN_LABEL
from fcsrlib.errors import ConfigError, DataError

FORMAT = "fcsrlib packed faces 1"
ARRAYS: dict[
    str, np.dtype[Any]
] = {  # in the file's order: wide numbers first, so that each begins at a multiple of its size
    "image_ends": np.dtype(np.int64),
    "label_ends": np.dtype(np.int64),
    "identities": np.dtype(np.int64),
    "landmarks": np.dtype(np.float32),
    "checksums": np.dtype(np.uint32),
    "images": np.dtype(np.uint8),
    "labels": np.dtype(np.uint8),
    "names": np.dtype(np.uint8),
}
CODECS: dict[str, tuple[str, list[int]]] = {
    "raw": ("", []),
    "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),  # above 100: lossless
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 95]),
}
"""How crops may be stored; all but ``jpeg`` without loss."""

_KINDS: dict[np.dtype[Any], str] = {
    np.dtype(kind): name for name, kind in (("I64", "i8"), ("F32", "f4"), ("U32", "u4"))
}
_KINDS[np.dtype(np.uint8)] = "U8"
_SHAPE = (ALIGNED_SIDE, ALIGNED_SIDE)
_NAME_END = "\0"  # the one character that no file name has
_ALIGNMENT = 8
_CAN_ADVISE = hasattr(mmap, "MADV_WILLNEED")


class PackFile(NamedTuple):
    """An open file of packed faces.

    Attributes:
        metadata: Strings by name; ``codec`` is one of :data:`CODECS`.
        arrays: Those of :data:`ARRAYS`, read-only views of the file.
        begins: Where in the file each of them begins.
        memory: The file.
    """

    metadata: dict[str, str]
    arrays: dict[str, NDArray[Any]]
    begins: dict[str, int]
    memory: mmap.mmap

    def cut(self, name: str, begin: int, end: int) -> NDArray[Any]:
        """Return bytes ``begin`` to ``end`` of array ``name``, fetched from disk in one go.

        Touched page by page they would come with 128 KiB around each: measured at 200,000 raw
        faces out of the page cache, 200 faces a second instead of 5,000.
        """
        if _CAN_ADVISE and end > begin:
            first = self.begins[name] + begin
            page = first // mmap.PAGESIZE * mmap.PAGESIZE
            self.memory.madvise(mmap.MADV_WILLNEED, page, first - page + end - begin)
        return self.arrays[name][begin:end]


def name_pack_file(split: str) -> str:
    """Return the file of a split: ``faces_train.safetensors``."""
    return f"faces_{split}.safetensors"


def make_header(metadata: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]) -> bytes:
    """Return what a safetensors file begins with; the arrays follow in the order of ``shapes``.

    Args:
        metadata: Kept in the file.
        shapes: Shape of each array of :data:`ARRAYS`.
    """
    header: dict[str, Any] = {"__metadata__": {"format": FORMAT, **metadata}}
    begin = 0
    for name, shape in shapes.items():
        end = begin + math.prod(shape) * ARRAYS[name].itemsize
        header[name] = {
            "dtype": _KINDS[ARRAYS[name]],
            "shape": list(shape),
            "data_offsets": [begin, end],
        }
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def open_pack_file(path: Path) -> PackFile:
    """Map a file of packed faces into memory, read-only.

    Raises:
        DataError: Absent, cut short, or no such file.
    """
    try:
        with safe_open(path, "np") as checked:  # checks sizes and places of all arrays
            metadata = dict(checked.metadata() or {})
        with path.open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, SafetensorError, ValueError) as error:
        raise DataError(
            f"{path} is absent, damaged or no pack ({error}); pack the faces anew."
        ) from error
    length = int.from_bytes(memory[:8], "little")
    header = json.loads(memory[8 : 8 + length])
    if metadata.get("format") != FORMAT or not header.keys() >= ARRAYS.keys():
        raise DataError(
            f"{path} is '{metadata.get('format')}'; expected '{FORMAT}'. Pack the faces anew."
        )
    begins = {name: 8 + length + header[name]["data_offsets"][0] for name in ARRAYS}
    arrays = {
        name: np.ndarray(header[name]["shape"], kind, memory, begins[name])
        for name, kind in ARRAYS.items()
    }
    return PackFile(metadata, arrays, begins, memory)


def check_codec(codec: str) -> str:
    """Return ``codec`` if it is one of :data:`CODECS`.

    Raises:
        ConfigError: It is not.
    """
    if codec not in CODECS:
        raise ConfigError(f"codec is '{codec}'; expected one of {', '.join(CODECS)}.")
    return codec


def encode_crop(image: NDArray[np.uint8], codec: str) -> bytes:
    """Return the bytes of an RGB crop (144, 144, 3) as ``codec`` stores it.

    Raises:
        DataError: Another size: packs hold aligned faces.
    """
    if image.shape != (*_SHAPE, 3):
        raise DataError(f"a crop is {image.shape}; expected {(*_SHAPE, 3)}.")
    suffix, options = CODECS[codec]
    if not suffix:
        return image.tobytes()
    return cv2.imencode(suffix, np.ascontiguousarray(image[..., ::-1]), options)[1].tobytes()


def decode_crop(data: NDArray[np.uint8], codec: str, path: Path) -> NDArray[np.uint8]:
    """Return the RGB crop (144, 144, 3) of stored bytes.

    Args:
        data: What :func:`encode_crop` made.
        codec: Of its file.
        path: For the error.

    Raises:
        UndecodableImageError: The bytes are damaged.
    """
    if codec == "raw":
        return data.reshape(*_SHAPE, 3).copy()
    return decode_image(data.tobytes(), path)


def encode_labels(labels: NDArray[np.uint8]) -> bytes:
    """Return the bytes of a label map (144, 144); none where it is unknown as a whole."""
    return b"" if (labels == UNKNOWN_LABEL).all() else zlib.compress(labels.tobytes(), 6)


def decode_labels(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the label map (144, 144) that :func:`encode_labels` stored.

    Raises:
        zlib.error: The bytes are damaged.
    """
    if not len(data):
        return np.full(_SHAPE, UNKNOWN_LABEL, np.uint8)
    return np.frombuffer(bytearray(zlib.decompress(data.data)), np.uint8).reshape(_SHAPE)


def join_names(names: list[str]) -> bytes:
    """Return the bytes of the array ``names``."""
    return _NAME_END.join(names).encode()


def split_names(data: NDArray[np.uint8]) -> list[str]:
    """Return the names of the array ``names``."""
    return data.tobytes().decode().split(_NAME_END)
