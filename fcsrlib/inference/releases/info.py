"""What a release file says about itself: name, kind, the config of its parts, and a card."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from fcsrlib import __version__

FORMAT_VERSION = 1
KINDS = ("generator", "face_prior", "mask")
CARD_KEYS = ("data", "terms", "schedule", "numbers", "limits")

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NUMBERS_OF_GENERATOR = ("scale", "hr_side")
_PARTS_OF_GENERATOR = ("fc", "sr")


@dataclass(frozen=True)
class ReleaseInfo:
    """Everything about a released network but its weights.

    Attributes:
        name: Letters, digits, ``.``, ``_`` and ``-``, for example ``swift_psnr_x8``.
        kind: ``generator``, ``face_prior`` or ``mask``.
        config: What it is built from, of JSON's types. A generator's is ``order``, ``fc``, ``sr``,
            ``scale`` and ``hr_side``; that of the others is ``type`` and arguments.
        card: For people: ``data``, ``terms`` (of the data), ``schedule``, ``numbers``, ``limits``;
            texts, lists or dicts.
        library_version: Version of this library that wrote the file.
        format_version: Version of the file's layout.
    """

    name: str
    kind: str
    config: dict[str, Any]
    card: dict[str, Any] = field(default_factory=dict)
    library_version: str = __version__
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Return it as one line, always the same for the same content.

        Raises:
            ValueError: It is malformed, or holds what JSON has no word for.
        """
        check_info(self)
        try:
            return json.dumps(asdict(self), allow_nan=False, sort_keys=True)
        except TypeError as error:
            raise ValueError(f"it holds more than plain values: {error}") from error

    @classmethod
    def from_json(cls, text: str) -> ReleaseInfo:
        """Return what :meth:`to_json` wrote.

        Raises:
            ValueError: Saying what is malformed.
        """
        try:
            stored = json.loads(text)
        except RecursionError as error:
            raise ValueError("its metadata is nested too deeply") from error
        version = stored.get("format_version") if isinstance(stored, dict) else None
        if version != FORMAT_VERSION:
            raise ValueError(
                f"its format is {version!r} and this library ({__version__}) reads "
                f"{FORMAT_VERSION}; install the fcsrlib that wrote it or a newer one"
            )
        names = {one.name for one in fields(cls)}
        if set(stored) != names:
            raise ValueError(f"its metadata has {sorted(stored)}, expected {sorted(names)}")
        info = cls(**stored)
        check_info(info)
        return info


def is_plain_name(text: object) -> bool:
    """Say whether ``text`` can be a file's name anywhere and leads to no other folder.

    >>> [is_plain_name(text) for text in ("swift_x8.safetensors", "../x", "/x", ".x", "a b")]
    [True, False, False, False, False]
    """
    return isinstance(text, str) and bool(_PLAIN_NAME.fullmatch(text))


def check_info(info: ReleaseInfo) -> None:
    """Check types and what a config of that kind has to hold.

    Raises:
        ValueError: Saying what is malformed.
    """
    if not is_plain_name(info.name):
        raise ValueError(
            f"its name is {info.name!r}, expected letters, digits, '.', '_' and '-', for example "
            "'swift_psnr_x8'"
        )
    if info.kind not in KINDS:
        raise ValueError(f"its kind is {info.kind!r}, expected one of {list(KINDS)}")
    for name in ("config", "card"):
        if not isinstance(getattr(info, name), dict):
            raise ValueError(f"its {name} is {type(getattr(info, name)).__name__}, expected a dict")
    if not isinstance(info.library_version, str):
        raise ValueError(f"its library_version is {info.library_version!r}, expected a string")
    if info.kind == "generator":
        _check_generator(info.config)
    else:
        _check_part(info.config, info.kind)


def _check_generator(config: Mapping[str, Any]) -> None:
    expected = {"order", *_PARTS_OF_GENERATOR, *_NUMBERS_OF_GENERATOR}
    if set(config) != expected:
        raise ValueError(f"its config has {sorted(config)}, expected {sorted(expected)}")
    for name in _PARTS_OF_GENERATOR:
        _check_part(config[name], name)
    for name in _NUMBERS_OF_GENERATOR:
        value = config[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"its {name} is {value!r}, expected a positive int")


def _check_part(config: Any, name: str) -> None:
    if not isinstance(config, Mapping) or not isinstance(config.get("type"), str):
        raise ValueError(f"the config of {name} is {config!r}, expected a dict with a type by name")
