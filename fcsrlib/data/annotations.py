"""CelebA's annotation files: partition, identities, five points and our ``landmarks_*.npz``."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data.face_labels import NUM_HELEN_LABELS, make_label_table
from fcsrlib.data.image_files import name_some
from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.data.splits import SPLITS
from fcsrlib.errors import DataError


def read_partition(path: Path, split: str) -> list[str]:
    """Return the names that ``list_eval_partition.txt`` assigns to ``split``, in file order.

    Raises:
        DataError: No such file, a malformed line, a name given twice, or an empty split.
    """
    names, values = read_table(path, 1)
    if len(set(names)) != len(names):
        raise DataError(
            f"{path} names {len(names) - len(set(names))} file(s) twice; list each once."
        )
    wrong = np.flatnonzero((values < 0) | (values > 2))
    if len(wrong):
        name, value = names[wrong[0]], values[wrong[0], 0]
        raise DataError(f"{path} puts {name} in split {value}; expected 0, 1 or 2.")
    chosen = np.flatnonzero(values[:, 0] == SPLITS.index(split))
    if not len(chosen):
        raise DataError(f"{path} assigns no image to the split '{split}'.")
    return [names[row] for row in chosen]


def read_split_file(path: Path, split: str) -> list[str]:
    """Return the names that ``split.txt`` assigns to ``split``, in file order.

    Each line is a file name and ``train``, ``val`` or ``test``.

    Raises:
        DataError: No such file, a malformed line, a name given twice, or an empty split.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; expected lines of a file name and its split.")
    splits: dict[str, str] = {}
    for number, line in enumerate(read_lines(path), 1):
        words = line.split()
        if words and (len(words) != 2 or words[1] not in SPLITS or words[0] in splits):
            raise DataError(
                f"{path}:{number}: '{line.strip()}'; expected a file name, once, and one of "
                f"{', '.join(SPLITS)}."
            )
        if words:
            splits[words[0]] = words[1]
    names = [name for name, its_split in splits.items() if its_split == split]
    if not names:
        raise DataError(f"{path} assigns no image to the split '{split}'.")
    return names


def read_identities(path: Path, names: Sequence[str]) -> list[int]:
    """Return the person of each of ``names`` as ``identity_CelebA.txt`` gives it.

    Raises:
        DataError: A malformed line, or a name without a line.
    """
    listed, values = read_table(path, 1)
    people = dict(zip(listed, values[:, 0].tolist(), strict=True))
    _check_names_known(path, names, people)
    return [people[name] for name in names]


def read_five_points(path: Path, names: Sequence[str]) -> NDArray[np.float32]:
    """Return CelebA's five points of each of ``names``, float32 (N, 5, 2), in the original image.

    Order: the eye on the image's left, the other eye, nose, mouth corners left and right.

    Raises:
        DataError: A malformed line, a count that is not the number of lines, a name without one.
    """
    listed, values = read_table(path, 10, num_header_lines=2)
    _check_count(path, listed)
    rows = {name: row for row, name in enumerate(listed)}
    _check_names_known(path, names, rows)
    points = values.reshape(-1, 5, 2).astype(np.float32)
    return points[[rows[name] for name in names]]


def load_landmarks(path: Path, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the landmarks of each of ``names``, float32 (N, K, 2), in the original image.

    Args:
        path: An npz with ``names`` (M,) and ``points`` (M, K, 2); never unpickled.
        names: File names to look up.

    Raises:
        DataError: Not such a file, arrays of different length, or a name without points.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            listed, points = arrays["names"], arrays["points"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read ({error}); expected an npz of 'names' (strings) and 'points' "
            "(float32), without pickled objects."
        ) from error
    if points.ndim != 3 or points.shape[2] != 2 or len(points) != len(listed):
        raise DataError(
            f"{path}: points is {points.shape} for {len(listed)} names; "
            f"expected ({len(listed)}, K, 2)."
        )
    rows = {str(name): row for row, name in enumerate(listed)}
    _check_names_known(path, names, rows)
    return points[[rows[name] for name in names]].astype(np.float32)


def load_label_table(path: Path | None) -> NDArray[np.uint8]:
    """Return the table, uint8 (256,), from a label map's values to Helen's 11 classes.

    Values that are no class map to ``NUM_HELEN_LABELS``; :data:`UNKNOWN_LABEL` maps to itself.

    Args:
        path: A ``helen11.json`` whose ``map[i]`` is Helen's label of value i; without it values
            0..10 stand for themselves.

    Raises:
        DataError: Its ``map`` is not a list of at most 255 labels 0..10.
    """
    merged: Any = list(range(NUM_HELEN_LABELS))
    if path is not None:
        try:
            merged = json.loads(path.read_text(encoding="utf-8-sig"))["map"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path} cannot be read: {error!r}; expected JSON with 'map'."
            ) from error
    valid = isinstance(merged, list) and 0 < len(merged) <= UNKNOWN_LABEL
    if not valid or any(label not in range(NUM_HELEN_LABELS) for label in merged):
        raise DataError(f"{path}: 'map' is {merged}; expected a list of labels 0..10.")
    return make_label_table(merged)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a list, without the mark that editors of Windows put at its beginning."""
    return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()


def read_table(
    path: Path, num_values: int, num_header_lines: int = 0
) -> tuple[list[str], NDArray[np.int64]]:
    """Read lines of a name and ``num_values`` integers; empty lines are passed over.

    Returns:
        The names (N) and the values, int64 (N, num_values).

    Raises:
        DataError: No such file, or a malformed line, named as ``file:line``.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; expected CelebA's {path.name}.")
    lines = read_lines(path)
    names: list[str] = []
    values: list[list[int]] = []
    for number, line in enumerate(lines[num_header_lines:], num_header_lines + 1):
        words = line.split()
        if not words:
            continue
        try:
            row = [int(word) for word in words[1:]]
        except ValueError:
            row = []
        if len(row) != num_values:
            raise DataError(
                f"{path}:{number}: '{line.strip()}'; expected a file name and {num_values} "
                f"integer{'s' if num_values > 1 else ''}."
            )
        names.append(words[0])
        values.append(row)
    return names, np.array(values, np.int64).reshape(len(names), num_values)


def _check_count(path: Path, names: Sequence[str]) -> None:
    header = "".join(read_lines(path)[:1]).strip()
    if header != str(len(names)):
        raise DataError(f"{path} announces '{header}' lines and has {len(names)}.")


def _check_names_known(path: Path, names: Sequence[str], known: dict[str, int]) -> None:
    missing = [name for name in names if name not in known]
    if missing:
        raise DataError(
            f"{path} has {len(known)} entries and none for {len(missing)} of {len(names)} images: "
            f"{name_some(missing)}. Names must match those of the partition file."
        )
