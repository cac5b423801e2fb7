"""Claims on files, so that several processes can share one folder of work."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from fcsrlib.errors import FCSRError

try:
    import fcntl
except ImportError:  # Windows: one process a folder
    fcntl = None  # type: ignore[assignment]


class Claim:
    """The right to write one file; it ends with :meth:`release` or with the process.

    The system's lock on a hidden file beside the target is the claim, not that the file is there:
    what a killed process leaves behind stops nobody.

    Args:
        path: The hidden file.
        descriptor: The open, locked file; None where there are no locks.
    """

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the claim up; who asks from now on finds the target written, or may write it."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            self._path.unlink()  # still locked: who has it open meanwhile finds it gone
        os.close(self._descriptor)
        self._descriptor = None


def claim(target: Path) -> Claim | None:
    """Return the claim on ``target``, or None where another process or thread holds it.

    The caller has to look at ``target`` again afterwards: it may have been finished since.

    Raises:
        FCSRError: The folder of ``target`` cannot be written.
    """
    path = target.with_name(f".{target.name}.claim")
    if fcntl is None:
        return Claim(path, None)
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if _is_at(descriptor, path):
            return Claim(path, descriptor)
        os.close(descriptor)  # its holder gave it up between our two steps


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise FCSRError(f"{path} could not be written: {error.strerror}.") from error


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is still the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
