"""Downloads one file: whole or not at all, resumed where it broke off, verified before use."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcsrlib import __version__
from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases.integrity import find_fault
from fcsrlib.inference.releases.table import is_web_url

Progress = Callable[[int, "int | None"], None]
"""Called with the bytes that are there and those there will be (None: the server does not say)."""

TIMEOUT_S = 30
MAX_BYTES = 1 << 30  # of files whose size nobody knows beforehand
_ATTEMPTS = 3
_CHUNK_BYTES = 1 << 18
_NOT_SATISFIABLE = 416


class _BrokenOffError(Exception):
    """The transfer stopped on the way; another attempt goes on from there."""


@dataclass(frozen=True)
class Source:
    """A file on the web.

    Attributes:
        url: http or https.
        sha256: What it hashes to; None: unknown. Only a file whose hash is known is resumed, since
            nothing else shows whether its two halves are of one file.
        size: Its bytes; None: unknown.
    """

    url: str
    sha256: str | None = None
    size: int | None = None


def download(source: Source, target: Path, progress: Progress | None = None) -> None:
    """Fetch ``source`` to ``target``.

    Bytes go to ``.<name>.part`` beside it, which takes the target's name once size and hash are
    right. Processes that want the same file take turns: the second finds what the first fetched.

    Raises:
        CheckpointError: It cannot be fetched or written, or is another file than expected.
    """
    if not is_web_url(source.url):
        raise CheckpointError(f"{source.url!r} is no http(s) URL.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _taking_turns(target) as part:
            # Whoever held the lock before may have fetched it.
            if not target.is_file() or find_fault(target, source.sha256, source.size):
                _fetch_verified(source, part, progress or _ignore)
                part.replace(target)
    except OSError as error:
        raise CheckpointError(
            f"{target} cannot be written: {error}; set FCSRLIB_CACHE to a folder with room where "
            "you may write."
        ) from error


def _ignore(done: int, total: int | None) -> None:
    """Tell nobody."""


@contextlib.contextmanager
def _taking_turns(target: Path) -> Iterator[Path]:
    """Wait until no other process downloads ``target``, and yield where to write it meanwhile.

    The lock ends with its process, however that ends. Where files cannot be locked, each process
    writes a file of its own.
    """
    with contextlib.ExitStack() as stack:
        name = f".{target.name}.part"
        try:
            import fcntl

            lock = stack.enter_context(target.with_name(f".{target.name}.lock").open("ab"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            name = f".{target.name}.{os.getpid()}.part"
        yield target.with_name(name)


def _fetch_verified(source: Source, part: Path, progress: Progress) -> None:
    had_begun = part.is_file() and source.sha256 is not None
    if not had_begun:
        part.unlink(missing_ok=True)
    _fetch(source, part, progress)
    fault = find_fault(part, source.sha256, source.size)
    if fault and had_begun:  # the older half may be of another file
        part.unlink()
        _fetch(source, part, progress)
        fault = find_fault(part, source.sha256, source.size)
    if fault:
        part.unlink()
        raise CheckpointError(f"{source.url} is another file than expected: {fault}.")


def _fetch(source: Source, part: Path, progress: Progress) -> None:
    """Fetch what ``part`` lacks, in a few attempts."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        start = part.stat().st_size if part.is_file() else 0
        if source.size is not None and start == source.size:
            return
        if start and (source.sha256 is None or start > (source.size or start)):
            part.unlink()
            start = 0
        try:
            return _receive(source, part, start, progress)
        except _BrokenOffError as error:
            if not attempts_left:
                raise CheckpointError(f"{source.url} {error}; try again.") from error


def _receive(source: Source, part: Path, start: int, progress: Progress) -> None:
    with _open(source.url, start, part) as reply:
        if start and not _begins_at(reply, start):
            start = 0
        _check_kind(source, reply)
        length = reply.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        if source.size is not None and total is not None and total != source.size:
            raise CheckpointError(
                f"{source.url} has {total:,} bytes, expected {source.size:,}: it is another file."
            )
        expected = source.size if source.size is not None else total
        with part.open("ab" if start else "wb") as file:
            done = _copy(reply, file, start, expected, progress)
            file.flush()
            os.fsync(file.fileno())
    if expected is not None and done < expected:
        raise _BrokenOffError(f"broke off after {done:,} of {expected:,} bytes")
    if done > (MAX_BYTES if expected is None else expected):
        part.unlink()
        raise CheckpointError(f"{source.url} goes on after {done:,} bytes; it was not kept.")


def _check_kind(source: Source, reply: Any) -> None:
    """Refuse a web page in place of a file that nothing else verifies: it would be kept.

    A network that asks for a login sends one, and so does a repository's page of a file.
    """
    if source.sha256 is None and reply.headers.get_content_type() == "text/html":
        raise CheckpointError(
            f"{source.url} gives a web page, not a file; log in to the network if it asks for "
            "that, or give the address of the file itself."
        )


def _copy(reply: Any, file: Any, done: int, expected: int | None, progress: Progress) -> int:
    """Copy until the end, a break or more than can be right; return the bytes in the file."""
    limit = MAX_BYTES if expected is None else expected
    progress(done, expected)
    while done <= limit:
        try:
            chunk = reply.read(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            file.flush()
            raise _BrokenOffError(f"broke off after {done:,} bytes ({_describe(error)})") from error
        if not chunk:
            break
        file.write(chunk)
        done += len(chunk)
        progress(done, expected)
    return done


def _begins_at(reply: Any, start: int) -> bool:
    """Say whether the server goes on at ``start``; if not, it sends the whole file."""
    if reply.status != http.client.PARTIAL_CONTENT:
        return False
    place = re.match(r"bytes (\d+)-", reply.headers.get("Content-Range", ""))
    if place is None or int(place[1]) != start:
        raise CheckpointError(f"{reply.url} went on at another place than byte {start:,}.")
    return True


def _open(url: str, start: int, part: Path) -> Any:
    headers = {"User-Agent": f"fcsrlib/{__version__}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        return _OPENER.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_SATISFIABLE and start:
                part.unlink()
                raise _BrokenOffError("has no more bytes where the last attempt ended") from error
            raise CheckpointError(f"{url} answers {error.code} {error.reason}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise CheckpointError(f"{url} cannot be reached: {_describe(error)}.") from error


def _describe(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    return str(reason).strip().rstrip(".") or type(error).__name__


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, and none that gives up https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Refuse what is no web address, before it is opened."""
        loses_https = req.type == "https" and not newurl.lower().startswith("https:")
        if not is_web_url(newurl) or loses_https:
            raise CheckpointError(f"{req.full_url} leads to {newurl!r}, which was not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_WebOnly)
