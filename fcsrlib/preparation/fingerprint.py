"""Describes the files of a folder by their hashes, so that changes are noticed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fcsrlib.data.image_files import IMAGE_SUFFIXES, encode_name
from fcsrlib.errors import DataError

MANIFEST = "manifest.json"
_IMAGES = "images"


def list_files(root: Path, leave_out: Collection[str] = ()) -> list[str]:
    """Return the relative names of all files below ``root``, sorted, with forward slashes.

    Hidden files and folders and :data:`MANIFEST` are left out.

    Args:
        root: A folder; links to folders are followed.
        leave_out: Names of files or folders in ``root`` that do not count.
    """
    names: list[str] = []
    for folder, folders, files in os.walk(root, followlinks=True):
        place = Path(folder).relative_to(root)
        is_root = folder == str(root)
        omitted = {MANIFEST, *leave_out} if is_root else set()
        folders[:] = [name for name in folders if name[0] != "." and name not in omitted]
        kept = (name for name in files if name[0] != "." and name not in omitted)
        names += [(place / name).as_posix() for name in kept]
    return sorted(names)


def describe_files(root: Path, names: Sequence[str], workers: int = 1) -> dict[str, Any]:
    """Return number, bytes and sha256 of the files ``names`` of ``root``, in groups.

    Each folder of ``root`` is one group, all images in ``root`` itself are one, any other file
    there is one alone. The hash of a group is that of its lines ``NAME SHA256``; that of a file
    alone is its own.

    Raises:
        DataError: A file cannot be read, or its name is not UTF-8.
    """
    with ThreadPoolExecutor(workers) as pool:
        digests = list(pool.map(lambda name: digest_file(root / name), names, chunksize=64))
    groups: dict[str, list[tuple[str, int, str]]] = {}
    for name, (size, digest) in zip(names, digests, strict=True):
        groups.setdefault(_name_group(name), []).append((name, size, digest))
    return {group: _describe(group, files) for group, files in sorted(groups.items())}


def digest_file(path: Path) -> tuple[int, str]:
    """Return the size and the sha256 of a file.

    Raises:
        DataError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
            return file.tell(), digest.hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def _name_group(name: str) -> str:
    folder, slash, _ = name.partition("/")
    if slash:
        return f"{folder}/"
    return _IMAGES if Path(name).suffix.lower() in IMAGE_SUFFIXES else name


def _describe(group: str, files: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    size = sum(one[1] for one in files)
    if group == files[0][0]:
        return {"bytes": size, "sha256": files[0][2]}
    lines = b"".join(encode_name(name) + f" {digest}\n".encode() for name, _, digest in files)
    digest = hashlib.sha256(lines).hexdigest()
    return {"files": len(files), "bytes": size, "sha256": digest}
