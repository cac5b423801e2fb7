"""Aligns photographs: every face moved to CelebA's place, in a folder of CelebA's layout."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fcsrlib.data import LFW, AlignFace, FaceFolder
from fcsrlib.data.celeba import CROP_SIDE, IDENTITY_FILE, IMAGE_FOLDER, PARTITION_FILE
from fcsrlib.data.image_archive import ImageStore
from fcsrlib.data.image_files import name_some
from fcsrlib.data.landmark_files import find_landmarks
from fcsrlib.data.landmarks import MIRROR_68, MIRROR_81, pad_landmarks
from fcsrlib.data.sample import UNKNOWN_IDENTITY, UNKNOWN_LABEL, Sample, make_sample
from fcsrlib.data.splits import SPLITS
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import DataError, UndecodableImageError
from fcsrlib.inference.photo.face_finder import FaceFinder
from fcsrlib.preparation.celeba_folder import LABEL_FOLDER, write_landmarks, write_png
from fcsrlib.preparation.progress import Say
from fcsrlib.preparation.request import describe_source, prepare_out
from fcsrlib.preparation.source import check_folder, open_files, open_splits
from fcsrlib.preparation.undertaking import Arrays, Undertaking, join_parts
from fcsrlib.preparation.workers import count_workers

NAMES_FILE = "names.txt"
_MARKS = (
    *(IMAGE_FOLDER, f"{IMAGE_FOLDER}.zip", LABEL_FOLDER, "landmarks_*.npz"),
    *(PARTITION_FILE, IDENTITY_FILE, NAMES_FILE),
)
_READERS_THAT_ALIGN = ("CelebAMaskHQ", "Helen", "LFW")
_KEPT, _UNDECODABLE, _NO_FACE = range(3)
_NUM_LANDMARKS = len(MIRROR_81)


class Photographs(NamedTuple):
    """A split whose faces have to be found.

    Attributes:
        source: The reader.
        files: Its image files.
        finder: Finds the face in one.
    """

    source: Any
    files: ImageStore
    finder: FaceFinder

    def read(self, index: int) -> Sample | None:
        """Return photograph ``index`` with its face aligned; None where there is none."""
        name = self.source.names[index]
        image = self.files.read(name)
        points = self.finder.find(image)
        if points is None:
            return None
        people = getattr(self.source, "identities", None)
        identity = UNKNOWN_IDENTITY if people is None else int(people[index])
        landmarks = pad_landmarks(points, _NUM_LANDMARKS)
        return AlignFace(CROP_SIDE).apply(
            make_sample(name, image, landmarks, identity=identity), {}
        )


def align(
    root: str | Path,
    out: str | Path,
    *,
    splits: Sequence[str] = SPLITS,
    max_images: int | None = None,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write a data set in CelebA's layout out of photographs or of another data set.

    Where the data set has landmarks or labels, its own reader aligns by them; in a folder of
    photographs, and in LFW without landmarks, faces are found by :class:`FaceFinder`. Images are
    PNG of 178x178, CelebA's part that is read, numbered through all splits; ``names.txt`` tells
    where each comes from. Images without a face and undecodable ones are left out.

    Args:
        root: The data set.
        out: Folder to write.
        splits: Which splits.
        max_images: Only the first so many of each.
        workers: Number of processes; default one a core.
        say: Takes lines on how far it is.

    Returns:
        ``out``.

    Raises:
        DataError: The data set is absent, incomplete, malformed or aligned already, no face is
            found, or ``out`` holds something else.
        MissingExtraError: Faces have to be found and dlib is not installed.
    """
    root, workers = Path(root), count_workers(workers)
    out = prepare_out(root, Path(out))
    layout = check_folder(root)
    is_plain = layout.reader == "FaceFolder"
    if not is_plain and layout.reader not in _READERS_THAT_ALIGN:
        raise DataError(f"{root} ({layout.title}) is aligned already: use it, or pack it.")
    side = {} if is_plain else {"side": CROP_SIDE}
    sources = open_splits(root, splits, max_images, **side)
    finder = FaceFinder() if any(map(_has_to_be_found, sources.values())) else None
    options = {
        "splits": list(sources),
        "max_images": max_images,
        "found_by": finder and finder.description,
    }
    inputs = {"options": options, "source": describe_source(root, workers, say)}
    with Undertaking(out, "align", inputs, workers, say) as undertaking:
        if not undertaking.is_done():
            undertaking.refuse_foreign(_MARKS)
            _align_all(undertaking, sources, finder)
    return out


def _has_to_be_found(source: Any) -> bool:
    if isinstance(source, LFW):
        return find_landmarks(source.root, source.names[:1], _NUM_LANDMARKS) is None
    return isinstance(source, FaceFolder)


def _align_all(
    undertaking: Undertaking, sources: dict[str, Any], finder: FaceFinder | None
) -> None:
    found: list[Arrays] = []
    rows: list[tuple[str, str, int]] = []
    first = 1
    for split, source in sources.items():
        faces = source if finder is None else Photographs(source, open_files(source), finder)
        job = partial(align_faces, faces, undertaking.out, first)
        paths = undertaking.work(f"aligned {split}", job, split, len(source))
        found.append(join_parts(paths))
        numbers = range(first, first + len(source))
        names = zip(numbers, source.names, strict=True)
        rows += [(name_image(number), name, SPLITS.index(split)) for number, name in names]
        first += len(source)
    joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    results = _report(undertaking, rows, joined["status"])
    undertaking.finish(_write_lists(undertaking.out, rows, joined), results)


def align_faces(faces: Any, out: Path, first: int, indices: range) -> Arrays:
    """Write the images and label maps of some faces; return what else is known of them.

    Args:
        faces: A reader of aligned samples, or :class:`Photographs`.
        out: Folder of the data set.
        first: Number in the name of the first face of all.
        indices: Which faces.

    Returns:
        ``status``, ``landmarks`` (n, 81, 2), ``identities``, ``has_labels``.
    """
    landmarks = np.full((len(indices), _NUM_LANDMARKS, 2), np.nan, np.float32)
    identities = np.full(len(indices), UNKNOWN_IDENTITY, np.int64)
    status = np.full(len(indices), _KEPT, np.uint8)
    has_labels = np.zeros(len(indices), np.uint8)
    for row, index in enumerate(indices):
        try:
            sample = faces.read(index)
        except UndecodableImageError:
            status[row] = _UNDECODABLE
            continue
        if sample is None:
            status[row] = _NO_FACE
            continue
        name = name_image(first + index)
        write_png(sample["hr_target"], out / IMAGE_FOLDER / name)
        has_labels[row] = (sample["parsing"] != UNKNOWN_LABEL).any()
        if has_labels[row]:
            write_png(sample["parsing"], out / LABEL_FOLDER / name)
        landmarks[row], identities[row] = sample["landmarks"], sample["identity"]
    return {
        "status": status,
        "landmarks": landmarks,
        "identities": identities,
        "has_labels": has_labels,
    }


def name_image(number: int) -> str:
    """Return the file name of an image: ``000001.png``."""
    return f"{number:06d}.png"


def _report(
    undertaking: Undertaking, rows: Sequence[tuple[str, str, int]], status: NDArray[np.uint8]
) -> dict[str, Any]:
    results: dict[str, Any] = {"faces": int((status == _KEPT).sum())}
    reasons = {"undecodable": _UNDECODABLE, "without_face": _NO_FACE}
    for reason, value in reasons.items():
        results[reason] = [rows[row][1] for row in np.flatnonzero(status == value).tolist()]
        if results[reason]:
            undertaking.say(
                f"left out, {reason.replace('_', ' ')}: {len(results[reason])} of {len(rows)}: "
                f"{name_some(results[reason])}"
            )
    if not results["faces"]:
        raise DataError(f"no face was found in {len(rows)} images; nothing to write.")
    return results


def _write_lists(out: Path, rows: Sequence[tuple[str, str, int]], found: Arrays) -> list[str]:
    """Write what stands beside the images, the partition last; return all files' names."""
    kept: list[int] = np.flatnonzero(found["status"] == _KEPT).tolist()
    names = [rows[row][0] for row in kept]
    outputs = [f"{IMAGE_FOLDER}/{name}" for name in names]
    if found["has_labels"].any():
        # The reader refuses a split without a single label map, so that wrong names are noticed.
        unknown = np.full((CROP_SIDE, CROP_SIDE), UNKNOWN_LABEL, np.uint8)
        for row in kept:
            if not found["has_labels"][row]:
                write_png(unknown, out / LABEL_FOLDER / rows[row][0])
        outputs += [f"{LABEL_FOLDER}/{name}" for name in names]
    landmarks, people = found["landmarks"][kept], found["identities"][kept]
    if np.isfinite(landmarks).any():
        has_hairline = np.isfinite(landmarks[:, len(MIRROR_68) :]).any()
        count = _NUM_LANDMARKS if has_hairline else len(MIRROR_68)
        outputs.append(write_landmarks(out, names, landmarks[:, :count]))
    lists = {NAMES_FILE: [rows[row][1] for row in kept]}
    if (people != UNKNOWN_IDENTITY).all():
        lists[IDENTITY_FILE] = [str(person) for person in people]
    lists[PARTITION_FILE] = [str(rows[row][2]) for row in kept]
    for file, values in lists.items():
        lines = (f"{name} {value}\n" for name, value in zip(names, values, strict=True))
        write_whole("".join(lines).encode(), out / file)
    return outputs + list(lists)
