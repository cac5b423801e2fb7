"""Keeps finished parts of an evaluation on disk, so that an interrupted one resumes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib.engine.report import write_json
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import ConfigError

FOLDER = ".partial"
_INPUTS = "inputs.json"


@dataclass(frozen=True)
class Part:
    """The results of some faces under one condition.

    Attributes:
        condition: Its name.
        indices: Numbers of the faces, int64 (n,).
        scores: float64 (n, columns); NaN where a face has no such value.
        hole_digests: uint8 (n, 16), of each face's holes.
        pictures: ``<face>_<row>`` → uint8 RGB, for the sheet.
        extra: Name → array (n, ...): what else is kept of each face.
    """

    condition: str
    indices: NDArray[np.int64]
    scores: NDArray[np.float64]
    hole_digests: NDArray[np.uint8]
    pictures: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class PartStore:
    """Parts under ``<out>/.partial``, each written whole or not at all.

    Args:
        out: Folder of the results; made with the first part.
        inputs: Everything the scores follow from, as JSON has it.
    """

    def __init__(self, out: Path, inputs: Mapping[str, Any]) -> None:
        """Note the inputs; nothing is read or written yet."""
        self.folder = out / FOLDER
        self.inputs = json.loads(json.dumps(inputs, default=str))

    def read(self) -> Iterator[Part]:
        """Yield the parts of an interrupted evaluation; damaged ones are left out.

        Raises:
            ConfigError: They are of other inputs.
        """
        if not self.folder.is_dir():
            return
        self._check_inputs()
        for path in sorted(self.folder.glob("*.npz")):
            part = _decode(path)
            if part is not None:
                yield part

    def add(self, part: Part) -> None:
        """Write a part.

        Raises:
            FCSRError: It cannot be written.
        """
        if not (self.folder / _INPUTS).exists():
            write_json(self.inputs, self.folder / _INPUTS)
        arrays: dict[str, Any] = {
            "condition": np.array(part.condition),
            "indices": part.indices,
            "scores": part.scores,
            "hole_digests": part.hole_digests,
            **{f"picture_{key}": picture for key, picture in part.pictures.items()},
            **{f"extra_{key}": value for key, value in part.extra.items()},
        }
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        name = f"{part.condition}_{part.indices[0]:08d}.npz"
        write_whole(buffer.getvalue(), self.folder / name)

    def remove(self) -> None:
        """Delete the parts, once the results stand."""
        if self.folder.is_dir():
            for path in (*self.folder.glob("*.npz"), *self.folder.glob(".*.part")):
                path.unlink()
            (self.folder / _INPUTS).unlink(missing_ok=True)
            self.folder.rmdir()

    def _check_inputs(self) -> None:
        try:
            stored = json.loads((self.folder / _INPUTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            stored = {}
        if stored != self.inputs:
            differing = [key for key in self.inputs if stored.get(key) != self.inputs[key]]
            raise ConfigError(
                f"{self.folder} holds an interrupted evaluation with another "
                f"{', '.join(differing) or 'set of inputs'}; delete that folder, or give another "
                "--out."
            )


def _decode(path: Path) -> Part | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        return Part(
            str(arrays["condition"]),
            arrays["indices"],
            arrays["scores"],
            arrays["hole_digests"],
            _strip(arrays, "picture_"),
            _strip(arrays, "extra_"),
        )
    except Exception:  # a damaged zip file fails in any way; its faces are measured again
        return None


def _strip(arrays: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)
    }
