"""What all commands check and note before they begin: where to write, and what the source is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from fcsrlib.errors import DataError
from fcsrlib.preparation.fingerprint import describe_files, list_files
from fcsrlib.preparation.progress import Say
from fcsrlib.preparation.source import check_folder


def prepare_out(root: Path, out: Path) -> Path:
    """Return ``out`` if it can take the output.

    Raises:
        DataError: It is a file, or it is, holds or lies in the source.
    """
    check_folder(root)
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file; give a folder for the output.")
    source, target = root.resolve(), out.resolve()
    if source == target or source in target.parents or target in source.parents:
        raise DataError(f"{out} and the source {root} overlap; give a folder outside of it.")
    return out


def describe_source(
    root: Path, workers: int, say: Say, leave_out: Collection[str] = ()
) -> dict[str, Any]:
    """Return layout and hashes of a data set.

    Args:
        root: Its folder.
        workers: Threads that read files.
        say: Told how many files are read.
        leave_out: Names in ``root`` that do not count.

    Raises:
        DataError: A file cannot be read.
    """
    names = list_files(root, leave_out)
    say(f"hashing {len(names)} files of {root}")
    return {
        "layout": check_folder(root).title,
        "files": describe_files(root, names, workers),
    }
