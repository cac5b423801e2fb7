"""Whether a file is the one that was meant: its size, then its SHA-256."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_CHUNK_BYTES = 1 << 20


def is_sha256(text: object) -> bool:
    """Say whether ``text`` is a SHA-256 in hexadecimal."""
    return isinstance(text, str) and bool(re.fullmatch(r"[0-9a-fA-F]{64}", text))


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def find_fault(path: Path, sha256: str | None, size: int | None) -> str | None:
    """Return what is wrong with a file, or None.

    The size is looked at first: it costs nothing and finds what was cut off.

    Args:
        path: An existing file.
        sha256: What its content must hash to; None: anything.
        size: What it must measure, in bytes; None: anything.
    """
    try:
        found = path.stat().st_size
        if size is not None and found != size:
            return f"it has {found:,} bytes, expected {size:,}"
        if sha256 is None:
            return None
        digest = digest_file(path)
    except OSError as error:
        return f"it cannot be read ({error})"
    return None if digest == sha256.lower() else f"its SHA-256 is {digest}, expected {sha256}"
