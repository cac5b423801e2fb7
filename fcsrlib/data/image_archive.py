"""Images where they lie: in a folder, or in a zip that is not unpacked."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.image_files import decode_image, read_bytes
from fcsrlib.errors import DataError, UndecodableImageError

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"


class ImageStore(Protocol):
    """Images by their file name."""

    place: Path
    names: set[str]

    def read(self, name: str) -> NDArray[np.uint8]:
        """Return image ``name`` as RGB, uint8 (H, W, 3).

        Raises:
            UndecodableImageError: Absent, damaged or not an image.
        """

    def read_bytes(self, name: str) -> bytes:
        """Return the bytes of file ``name``.

        Raises:
            UndecodableImageError: Absent or damaged.
        """


class FolderImages:
    """The images of a folder; one listing, as many stats of many files take minutes.

    Args:
        folder: The folder.

    Raises:
        DataError: The folder is empty.
    """

    def __init__(self, folder: Path) -> None:
        """List the folder."""
        self.place = folder
        self.names = set(os.listdir(folder))
        if not self.names:
            raise DataError(f"{folder} is empty; expected the images of the data set.")

    def read(self, name: str) -> NDArray[np.uint8]:
        """Return image ``name`` as RGB, uint8 (H, W, 3).

        Raises:
            UndecodableImageError: Absent, damaged or not an image.
        """
        return decode_image(self.read_bytes(name), self.place / name)

    def read_bytes(self, name: str) -> bytes:
        """Return the bytes of file ``name``.

        Raises:
            UndecodableImageError: It is absent or cannot be read.
        """
        return read_bytes(self.place / name)


class ZipImages:
    """The images of a zip, whatever the folders in it, read in any order.

    The table of contents is read once. Each image is read through a file handle of its own, so
    that data workers, forked or spawned, share nothing that moves.

    Args:
        path: The zip; stored or deflated entries.

    Raises:
        DataError: It is no zip, it is empty, its entries are packed in another way, or two of them
            have the same name.
    """

    def __init__(self, path: Path) -> None:
        """Read the table of contents."""
        self.place = path
        try:
            with zipfile.ZipFile(path) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} cannot be read as a zip ({error}); load it anew.") from error
        self._entries = {
            PurePosixPath(entry.filename).name: (
                entry.header_offset,
                entry.compress_size,
                entry.compress_type,
                entry.CRC,
            )
            for entry in entries
        }
        self.names = set(self._entries)
        self._check(entries)

    def read(self, name: str) -> NDArray[np.uint8]:
        """Return image ``name`` as RGB, uint8 (H, W, 3).

        Raises:
            UndecodableImageError: Absent, damaged or not an image.
        """
        return decode_image(self.read_bytes(name), self.place / name)

    def read_bytes(self, name: str) -> bytes:
        """Return the bytes of file ``name``.

        Raises:
            UndecodableImageError: Absent or damaged.
        """
        if name not in self._entries:
            raise UndecodableImageError(f"{self.place} has no {name}.")
        offset, size, method, checksum = self._entries[name]
        try:
            with self.place.open("rb") as file:
                file.seek(offset)
                # The local header repeats the name and may carry other extra fields.
                magic, name_length, extra_length = _LOCAL_HEADER.unpack(
                    file.read(_LOCAL_HEADER.size)
                )
                file.seek(name_length + extra_length, os.SEEK_CUR)
                data = file.read(size)
            if method == zipfile.ZIP_DEFLATED:
                data = zlib.decompress(data, -zlib.MAX_WBITS)
        except (OSError, struct.error, zlib.error) as error:
            raise UndecodableImageError(f"{self.place}: {name} is damaged ({error}).") from error
        if magic != _LOCAL_MAGIC or zlib.crc32(data) != checksum:
            raise UndecodableImageError(f"{self.place}: {name} is damaged; load the zip anew.")
        return data

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if not entries:
            raise DataError(f"{self.place} is empty; expected the images of the data set.")
        if len(entries) > len(self.names):
            raise DataError(f"{self.place} holds files of the same name in several folders.")
        methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        strange = [entry.filename for entry in entries if entry.compress_type not in methods]
        encrypted = [entry.filename for entry in entries if entry.flag_bits & 1]
        if strange or encrypted:
            raise DataError(
                f"{self.place}: {(strange or encrypted)[0]} is encrypted or packed in a way that "
                "is not read here; unpack the zip."
            )
