"""Looks through a data set: what is there, what is damaged, what comes twice, what is known."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fcsrlib.data.image_archive import ImageStore
from fcsrlib.data.image_files import decode_image, name_some
from fcsrlib.data.sample import UNKNOWN_IDENTITY, UNKNOWN_LABEL
from fcsrlib.data.splits import SPLITS
from fcsrlib.errors import DataError
from fcsrlib.preparation.progress import Progress, Say
from fcsrlib.preparation.source import check_folder, open_files, open_split
from fcsrlib.preparation.workers import count_workers, run_all

_FACES_A_PIECE = 64
_DIGEST_BYTES = 16


class FaceFinding(NamedTuple):
    """What is found out about one image.

    Attributes:
        name: Its file name.
        digest: Hash of the file; None where it cannot be read.
        size: Width and height of the file's image; None where it cannot be decoded.
        problem: Why the reader cannot give this face.
        has_landmarks: Whether any landmark is known.
        has_labels: Whether any pixel's label is known.
        identity: Person, -1 = unknown.
    """

    name: str
    digest: bytes | None = None
    size: tuple[int, int] | None = None
    problem: str | None = None
    has_landmarks: bool = False
    has_labels: bool = False
    identity: int = UNKNOWN_IDENTITY


@dataclass
class SplitFindings:
    """What is found out about one split.

    Attributes:
        split: Its name.
        problem: Why it cannot be opened, with the files it lacks.
        faces: One finding a face.
    """

    split: str
    problem: str | None = None
    faces: list[FaceFinding] = field(default_factory=list)

    @property
    def damaged(self) -> list[FaceFinding]:
        """The faces that cannot be read."""
        return [face for face in self.faces if face.problem is not None]

    def report(self) -> list[str]:
        """Return lines for people."""
        if self.problem is not None:
            return [f"{self.split}: cannot be used: {self.problem}"]
        known = {
            "landmarks": sum(face.has_landmarks for face in self.faces),
            "labels": sum(face.has_labels for face in self.faces),
            "identities": sum(face.identity != UNKNOWN_IDENTITY for face in self.faces),
        }
        people = len({face.identity for face in self.faces} - {UNKNOWN_IDENTITY})
        lines = [
            f"{self.split}: {len(self.faces)} faces; {_list_sizes(self.faces)}",
            f"  known: {', '.join(f'{name} of {count}' for name, count in known.items())}"
            + (f" ({people} people)" if people else ""),
        ]
        if self.damaged:
            lines.append(f"  {len(self.damaged)} cannot be read; mend or remove them:")
            lines += [f"    {face.name}: {face.problem}" for face in self.damaged]
        return lines


def check(
    root: str | Path,
    *,
    splits: Sequence[str] = SPLITS,
    max_images: int | None = None,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> list[str]:
    """Look through a data set and return the report's lines.

    Files that come twice are told, but do not make a data set unusable. Where one file stands in
    several splits, a test counts what was trained on.

    Args:
        root: The data set.
        splits: Which splits it should have.
        max_images: Look at the first so many of each only.
        workers: Number of processes; default one a core.
        say: Takes lines on how far it is, and those of the report as well.

    Raises:
        DataError: It is not usable: a split lacks files or cannot be opened, or images cannot be
            read. The report was said before.
    """
    root, workers = Path(root), count_workers(workers)
    layout = check_folder(root)
    say(f"{root}: {layout.title}")
    findings = [
        _check_split(root, layout.reader, split, max_images, workers, say) for split in splits
    ]
    lines = [line for one in findings for line in one.report()] + list_duplicates(findings)
    for line in lines:
        say(line)
    broken = [one.split for one in findings if one.problem is not None]
    damaged = sum(len(one.damaged) for one in findings)
    if broken or damaged:
        reasons = [f"{one.split}: {one.problem}" for one in findings if one.problem is not None]
        reasons += [f"{damaged} image(s) cannot be read"] if damaged else []
        raise DataError(f"{root} is not usable yet: {' '.join(reasons)}")
    say(f"{root} is usable")
    return lines


def list_duplicates(findings: Sequence[SplitFindings]) -> list[str]:
    """Return lines that name the files whose content comes twice or more."""
    places: dict[bytes, list[tuple[str, str]]] = {}
    for one in findings:
        for face in one.faces:
            if face.digest is not None:
                places.setdefault(face.digest, []).append((one.split, face.name))
    twice = [group for group in places.values() if len(group) > 1]
    across = [group for group in twice if len({split for split, _ in group}) > 1]
    within = [group for group in twice if len({split for split, _ in group}) == 1]
    lines = []
    for groups, where in ((across, "in several splits"), (within, "in one split")):
        if groups:
            named = [" = ".join(f"{split}/{name}" for split, name in group) for group in groups]
            lines.append(f"{len(groups)} images come twice or more {where}: {name_some(named)}")
    return lines


def _check_split(
    root: Path, reader: str, split: str, max_images: int | None, workers: int, say: Say
) -> SplitFindings:
    findings = SplitFindings(split)
    try:
        source = open_split(root, reader, split, max_images)
    except DataError as error:
        findings.problem = str(error).removeprefix(f"split '{split}': ")
        return findings
    files = None if reader == "PackedFaces" else open_files(source)
    total = len(source)
    pieces = [
        range(begin, min(begin + _FACES_A_PIECE, total))
        for begin in range(0, total, _FACES_A_PIECE)
    ]
    progress = Progress(f"checked {split}", total, workers, say)
    found: list[tuple[int, list[FaceFinding]]] = []
    for piece in run_all(partial(_check_faces, source, files), pieces, workers):
        found.append(piece)
        progress.add(len(piece[1]))
    progress.finish()
    findings.faces = [face for _, faces in sorted(found, key=_get_begin) for face in faces]
    return findings


def _get_begin(piece: tuple[int, list[FaceFinding]]) -> int:
    return piece[0]


def _check_faces(
    source: Any, files: ImageStore | None, faces: range
) -> tuple[int, list[FaceFinding]]:
    return faces.start, [check_face(source, files, index) for index in faces]


def check_face(source: Any, files: ImageStore | None, index: int) -> FaceFinding:
    """Return what is found out about face ``index`` of a reader.

    Args:
        source: The reader.
        files: Its image files; None where it has none.
        index: Number of the face.
    """
    finding = FaceFinding(source.names[index])
    try:
        if files is not None:
            data = files.read_bytes(finding.name)
            digest = hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()
            finding = finding._replace(digest=digest)
            height, width = decode_image(data, files.place / finding.name).shape[:2]
            finding = finding._replace(size=(width, height))
        sample = source.read(index)
    except DataError as error:
        return finding._replace(problem=str(error))
    image = sample["hr_target"]
    if files is None:
        digest = hashlib.blake2b(image.tobytes(), digest_size=_DIGEST_BYTES).digest()
        finding = finding._replace(digest=digest, size=(image.shape[1], image.shape[0]))
    return finding._replace(
        has_landmarks=bool(np.isfinite(sample["landmarks"]).any()),
        has_labels=bool((sample["parsing"] != UNKNOWN_LABEL).any()),
        identity=int(sample["identity"]),
    )


def _list_sizes(faces: Sequence[FaceFinding], limit: int = 3) -> str:
    counts = Counter(face.size for face in faces if face.size is not None)
    common = [f"{count} of {size[0]}x{size[1]}" for size, count in counts.most_common(limit)]
    others = len(counts) - len(common)
    return ", ".join(common or ["no image"]) + (f" and {others} other sizes" if others else "")
