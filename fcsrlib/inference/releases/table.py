"""The table of released models: the name of each, its file, and how to tell that it is the one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fcsrlib.errors import CheckpointError
from fcsrlib.inference.releases.info import KINDS, is_plain_name
from fcsrlib.inference.releases.integrity import is_sha256

RELEASED = Path(__file__).parents[1] / "released"
"""Folder of the files that come with the library."""

TABLE = RELEASED / "releases.json"
ROW_KEYS = ("file", "kind", "scale", "sha256", "size", "url")


@dataclass(frozen=True)
class ReleasedModel:
    """A row of the table.

    Attributes:
        name: What people ask for.
        file: Name of its file.
        kind: ``generator``, ``face_prior`` or ``mask``.
        scale: Enlargement; None for other kinds than generators.
        sha256: Of the file, in hexadecimal.
        size: Of the file, in bytes.
        url: Where it can be downloaded; None where it comes with the library or by hand.
    """

    name: str
    file: str
    kind: str
    scale: int | None
    sha256: str
    size: int
    url: str | None

    def to_row(self) -> dict[str, Any]:
        """Return what the table holds under the model's name."""
        return {key: getattr(self, key) for key in ROW_KEYS}


def read_release_table(path: str | Path | None = None) -> dict[str, ReleasedModel]:
    """Return the released models by name.

    Args:
        path: A table; default the library's own.

    Raises:
        CheckpointError: It is absent or malformed; a file's name that could lead out of its folder
            counts as that.
    """
    path = TABLE if path is None else Path(path)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"the table of releases {path} cannot be read: {error}") from error
    if not isinstance(rows, dict):
        raise CheckpointError(f"the table of releases {path} is no JSON object of rows by name.")
    return {name: _read_row(name, row, path) for name, row in rows.items()}


def _read_row(name: str, row: Any, path: Path) -> ReleasedModel:
    if not isinstance(row, dict) or set(row) != set(ROW_KEYS):
        raise CheckpointError(f"{path}: '{name}' is {row!r}; expected {', '.join(ROW_KEYS)}.")
    for key, (is_right, wanted) in _judge({**row, "name": name}).items():
        if not is_right:
            got = name if key == "name" else row[key]
            raise CheckpointError(f"{path}: '{name}' has {key} {got!r}; expected {wanted}.")
    return ReleasedModel(name=name, **row)


def _judge(row: Mapping[str, Any]) -> dict[str, tuple[bool, str]]:
    """Return for each key whether its value will do, and what is wanted."""
    plain = "letters, digits, '.', '_' and '-', a letter or digit first"
    return {
        "name": (is_plain_name(row["name"]), plain),
        "file": (is_plain_name(row["file"]), f"a file's name of {plain}"),
        "kind": (row["kind"] in KINDS, f"one of {list(KINDS)}"),
        "scale": (row["scale"] is None or _is_count(row["scale"]), "a positive int or null"),
        "sha256": (is_sha256(row["sha256"]), "64 hexadecimal digits"),
        "size": (_is_count(row["size"]), "the number of bytes"),
        "url": (row["url"] is None or is_web_url(row["url"]), "an http(s) URL or null"),
    }


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_web_url(text: Any) -> bool:
    """Say whether ``text`` is an http(s) URL with a host and without name, password or space.

    >>> [is_web_url(text) for text in ("https://a.org/x", "file:///x", "http://me:pw@a.org/x")]
    [True, False, False]
    """
    if not isinstance(text, str) or not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False
