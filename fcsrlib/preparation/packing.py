"""Packs a data set: aligned faces with all they know, one file a split."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from fcsrlib.data.image_files import name_some
from fcsrlib.data.landmarks import MIRROR_81
from fcsrlib.data.pack_file import (
    ARRAYS,
    check_codec,
    encode_crop,
    encode_labels,
    join_names,
    make_header,
    name_pack_file,
)
from fcsrlib.data.sample import UNKNOWN_IDENTITY, FaceSource, make_sample
from fcsrlib.data.splits import SPLITS
from fcsrlib.errors import DataError, FCSRError, UndecodableImageError
from fcsrlib.preparation.progress import Say
from fcsrlib.preparation.request import describe_source, prepare_out
from fcsrlib.preparation.source import open_splits
from fcsrlib.preparation.undertaking import Arrays, Undertaking, join_parts
from fcsrlib.preparation.workers import count_workers

NUM_LANDMARKS = len(MIRROR_81)
FIELDS = frozenset(make_sample("", np.zeros((1, 1, 3), np.uint8)))
_LARGE = ("images", "labels")


def pack(
    root: str | Path,
    out: str | Path,
    *,
    splits: Sequence[str] = SPLITS,
    codec: str = "raw",
    max_images: int | None = None,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write the pack of a data set, that :class:`fcsrlib.data.PackedFaces` reads.

    Twice the same command gives twice the same bytes. After an interruption it goes on where it
    was; where its output is complete nothing is done. A face that cannot be decoded keeps its
    number and is named in the manifest.

    Args:
        root: The data set, in a layout that :func:`fcsrlib.data.recognise_layout` knows.
        out: Folder of the pack.
        splits: Which splits.
        codec: How crops are stored, one of :data:`fcsrlib.data.pack_file.CODECS`; all but ``jpeg``
            without loss.
        max_images: Keep only the first so many of each split.
        workers: Number of processes; default one a core.
        say: Takes lines on how far it is.

    Returns:
        ``out``.

    Raises:
        ConfigError: An argument out of its range.
        DataError: The data set is absent, incomplete or malformed, or ``out`` holds something else.
    """
    check_codec(codec)
    root, workers = Path(root), count_workers(workers)
    out = prepare_out(root, Path(out))
    sources = open_splits(root, splits, max_images)
    options = {"splits": list(sources), "codec": codec, "max_images": max_images}
    inputs = {"options": options, "source": describe_source(root, workers, say)}
    with Undertaking(out, "pack", inputs, workers, say) as undertaking:
        if undertaking.is_done():
            return out
        undertaking.refuse_foreign([name_pack_file(split) for split in SPLITS])
        results = {
            split: _pack_split(undertaking, split, source, codec)
            for split, source in sources.items()
        }
        outputs = [name_pack_file(split) for split in sources]
        for name in outputs:
            _unfinished(out / name).replace(out / name)
        undertaking.finish(outputs, results)
    say(f"{out}: {sum((out / name).stat().st_size for name in outputs) / 2**20:.1f} MiB")
    return out


def pack_faces_of(source: FaceSource, codec: str, faces: range) -> Arrays:
    """Return the arrays of some faces as the pack's file has them, with sizes in place of ends.

    Args:
        source: The reader.
        codec: How crops are stored.
        faces: Numbers of the faces; one that cannot be decoded has an image of no bytes.

    Raises:
        DataError: The data set is malformed.
    """
    packed = [_pack_face(source, codec, index) for index in faces]
    images, labels, landmarks, identities = zip(*packed, strict=True)
    return {
        "image_sizes": np.array([len(one) for one in images], np.int64),
        "label_sizes": np.array([len(one) for one in labels], np.int64),
        "identities": np.array(identities, np.int64),
        "landmarks": np.stack(landmarks).astype(np.float32),
        "checksums": np.array([zlib.crc32(one) for one in images], np.uint32),
        "images": np.frombuffer(b"".join(images), np.uint8),
        "labels": np.frombuffer(b"".join(labels), np.uint8),
    }


def _pack_face(
    source: FaceSource, codec: str, index: int
) -> tuple[bytes, bytes, NDArray[np.float32], int]:
    try:
        sample = source.read(index)
    except UndecodableImageError:
        return b"", b"", np.full((NUM_LANDMARKS, 2), np.nan, np.float32), UNKNOWN_IDENTITY
    lost = sample.keys() - FIELDS
    if lost:
        raise DataError(
            f"{sample['name']} knows {', '.join(sorted(lost))}, which a pack does not hold; read "
            "this data set as it is."
        )
    image = encode_crop(sample["hr_target"], codec)
    return image, encode_labels(sample["parsing"]), sample["landmarks"], sample["identity"]


def _pack_split(undertaking: Undertaking, split: str, source: Any, codec: str) -> dict[str, Any]:
    """Write a split's file under another name; return what the manifest tells of it."""
    job = partial(pack_faces_of, source, codec)
    paths = undertaking.work(f"packed {split}", job, split, len(source))
    small = join_parts(paths, leave_out=_LARGE)
    damaged = [source.names[row] for row in np.flatnonzero(small["image_sizes"] == 0)]
    if len(damaged) == len(source):
        raise DataError(f"split '{split}': none of {len(source)} images can be decoded.")
    if damaged:
        undertaking.say(
            f"{split}: {len(damaged)} of {len(source)} images cannot be decoded: "
            f"{name_some(damaged)}"
        )
    sizes = {name: small.pop(f"{name[:-1]}_sizes") for name in _LARGE}
    small |= {f"{name[:-1]}_ends": np.cumsum(one) for name, one in sizes.items()}
    small["names"] = np.frombuffer(join_names(source.names), np.uint8)
    shapes = {
        name: (int(sizes[name].sum()),) if name in _LARGE else small[name].shape for name in ARRAYS
    }
    write_file(_unfinished(undertaking.out / name_pack_file(split)), codec, shapes, small, paths)
    known = np.isfinite(small["landmarks"]).any(axis=(1, 2))
    return {
        "faces": len(source),
        "undecodable": damaged,
        "with_landmarks": int(known.sum()),
        "with_labels": int((sizes["labels"] > 0).sum()),
        "with_identity": int((small["identities"] != UNKNOWN_IDENTITY).sum()),
    }


def write_file(
    path: Path,
    codec: str,
    shapes: Mapping[str, tuple[int, ...]],
    small: Mapping[str, NDArray[Any]],
    parts: Sequence[Path],
) -> None:
    """Write a pack's file, its large arrays copied part by part, and wait until it is on disk.

    Args:
        path: File to write.
        codec: How the crops are stored.
        shapes: Shapes of all arrays.
        small: The arrays that fit into memory.
        parts: Files that hold the others.

    Raises:
        FCSRError: It cannot be written, for example for want of space.
    """
    try:
        _write_file(path, codec, shapes, small, parts)
    except OSError as error:
        raise FCSRError(f"{path} could not be written: {error}.") from error


def _write_file(
    path: Path,
    codec: str,
    shapes: Mapping[str, tuple[int, ...]],
    small: Mapping[str, NDArray[Any]],
    parts: Sequence[Path],
) -> None:
    with path.open("wb") as file:
        file.write(make_header({"codec": codec}, shapes))
        for name, kind in ARRAYS.items():
            if name in small:
                file.write(np.ascontiguousarray(small[name], kind).tobytes())
                continue
            for part in parts:
                with safe_open(part, "np") as arrays:
                    file.write(arrays.get_tensor(name).tobytes())
        file.flush()
        os.fsync(file.fileno())


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
