"""Writes a small file whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from fcsrlib.errors import FCSRError


def write_whole(content: bytes, path: Path) -> None:
    """Write ``content`` to ``path``; who reads meanwhile sees the old file or the new one.

    Raises:
        FCSRError: It cannot be written; the old file is still there.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise FCSRError(f"{path} could not be written: {error}.") from error
