"""Finds weight files: by the name of a released model, by path, or by URL."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases.download import Progress, Source, download
from fcsrlib.inference.releases.info import is_plain_name
from fcsrlib.inference.releases.integrity import find_fault, is_sha256
from fcsrlib.inference.releases.table import (
    RELEASED,
    ReleasedModel,
    is_web_url,
    read_release_table,
)

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class Whereabouts:
    """Where a released model lies on this machine.

    Attributes:
        path: A verified file; None where there is none.
        faults: Path → what is wrong with it, of files that are not the one.
    """

    path: Path | None
    faults: Mapping[Path, str]


def resolve_weights(
    spec: str | Path,
    *,
    table: Mapping[str, ReleasedModel] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Return the local file that ``spec`` means, after a download where it takes one.

    Args:
        spec: Name of a released model, path of a file, or an http(s) URL, which may end with
            ``#sha256=...``. A name goes before a file of that name in the working folder.
        table: Released models by name; default the library's own.
        progress: Called during a download with the bytes that are there and those there will be.

    Returns:
        For a name, a file of the right size and SHA-256, out of the library's folder, the cache
        folder or a download, tried in that order. For a URL, its file in the cache folder. For a
        path, itself.

    Raises:
        CheckpointError: There is no such model or file, or it cannot be fetched, with what was
            tried and where to put the file by hand.
    """
    if isinstance(spec, str) and _SCHEME.match(spec):
        return _resolve_url(spec, progress)
    table = read_release_table() if table is None else table
    if isinstance(spec, str) and spec in table:
        return _resolve_release(table[spec], progress)
    try:
        is_file = Path(spec).is_file()
    except (OSError, ValueError):  # a name longer than a system's, a null character
        is_file = False
    if is_file:
        return Path(spec)
    close = difflib.get_close_matches(str(spec), table, n=2)
    names = f"did you mean {' or '.join(close)}?" if close else f"there are {sorted(table)}."
    raise CheckpointError(
        f"{str(spec)!r} is no file and no released model; of those {names} See 'fcsr models'."
    )


def cache_folder() -> Path:
    """Return where downloads are kept.

    ``FCSRLIB_CACHE``, else ``fcsrlib`` in ``XDG_CACHE_HOME`` where that is absolute, else
    ``~/.cache/fcsrlib``.

    Raises:
        CheckpointError: None of them is known.
    """
    if chosen := os.environ.get("FCSRLIB_CACHE"):
        return Path(chosen).absolute()
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if base.is_absolute():
        return base / "fcsrlib"
    try:
        return Path.home() / ".cache" / "fcsrlib"
    except RuntimeError as error:
        raise CheckpointError(
            "this user has no home folder to keep downloads in; set FCSRLIB_CACHE to a folder."
        ) from error


def find_release(model: ReleasedModel) -> Whereabouts:
    """Look for a released model on this machine: library's folder, then cache folder."""
    faults: dict[Path, str] = {}
    for folder in (RELEASED, cache_folder()):
        path = folder / model.file
        if path.is_file():
            fault = find_fault(path, model.sha256, model.size)
            if fault is None:
                return Whereabouts(path, faults)
            faults[path] = fault
    return Whereabouts(None, faults)


def _resolve_release(model: ReleasedModel, progress: Progress | None) -> Path:
    found = find_release(model)
    if found.path is not None:
        return found.path
    target = cache_folder() / model.file
    tried = [f"{path}: {fault}" for path, fault in found.faults.items()]
    if not tried:
        tried.append(f"it is neither in {RELEASED} nor in {target.parent}")
    if model.url is None:
        tried.append("it cannot be downloaded")
    else:
        try:
            download(Source(model.url, model.sha256, model.size), target, progress)
        except CheckpointError as error:
            tried.append(str(error).rstrip("."))
        else:
            return target
    raise CheckpointError(
        f"there is no usable file of '{model.name}': {'; '.join(tried)}. To put it there by hand: "
        f"{target}, {model.size:,} bytes, SHA-256 {model.sha256}."
    )


def _resolve_url(spec: str, progress: Progress | None) -> Path:
    url, sha256 = _split_url(spec)
    target = _place_url(url)
    if target.is_file() and find_fault(target, sha256, None) is None:
        return target
    try:
        download(Source(url, sha256), target, progress)
    except CheckpointError as error:
        raise CheckpointError(f"{error} To put the file there by hand: {target}.") from error
    return target


def _split_url(spec: str) -> tuple[str, str | None]:
    """Return URL and hash of ``URL#sha256=...``."""
    url, fragment = urldefrag(spec) if is_web_url(spec) else ("", "")
    if not url:
        raise CheckpointError(
            f"{spec!r} was refused; expected http:// or https://, a host, no user name, no spaces."
        )
    key, _, sha256 = fragment.partition("=")
    if fragment and (key != "sha256" or not is_sha256(sha256)):
        raise CheckpointError(f"{spec!r} ends with '#{fragment}'; expected #sha256= and 64 digits.")
    return url, sha256 or None


def _place_url(url: str) -> Path:
    """Return where the file of a URL is kept: by the hash of the URL, under the file's own name."""
    segments = unquote(urlsplit(url).path).split("/")
    if ".." in segments or not is_plain_name(segments[-1]):
        raise CheckpointError(
            f"{url!r} was refused: its path must end with a file's name of letters, digits, '.', "
            "'_' and '-', without '..' on the way."
        )
    return cache_folder() / "urls" / hashlib.sha256(url.encode()).hexdigest()[:16] / segments[-1]
