"""Labels faces by a trained face prior network (Sec. 4.2: the paper's way to label CelebA)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fcsrlib.data.annotations import read_table
from fcsrlib.data.celeba import (
    CROP_SIDE,
    PARTITION_FILE,
    CelebA,
    find_file,
)
from fcsrlib.data.image_archive import ImageStore
from fcsrlib.data.image_files import name_some
from fcsrlib.data.similarity import move_points
from fcsrlib.data.splits import SPLITS
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError
from fcsrlib.inference.face_prior import (
    DEFAULT_FACE_PRIOR,
    FoundPriors,
    find_priors,
    load_face_prior,
    locate_face_prior,
)
from fcsrlib.preparation.celeba_folder import (
    LABEL_FOLDER,
    make_layout,
    write_landmarks,
    write_png,
)
from fcsrlib.preparation.face_frame import cut_face, map_face_to_image, place_labels
from fcsrlib.preparation.fingerprint import digest_file
from fcsrlib.preparation.progress import Say
from fcsrlib.preparation.request import describe_source, prepare_out
from fcsrlib.preparation.source import check_folder, open_files, open_splits
from fcsrlib.preparation.undertaking import Arrays, Undertaking, join_parts
from fcsrlib.preparation.workers import count_workers

_BATCH = 16
LANDMARKS, PARSING = "landmarks", "parsing"
_MARKS = {
    LANDMARKS: ("landmarks_*.npz", "points_*.npz"),
    PARSING: (LABEL_FOLDER, "parsing", "helen11.json"),
}
_MADE = ("landmarks_81.npz", "landmarks_68.npz", LABEL_FOLDER)


class Labeller(NamedTuple):
    """Finds landmarks or parts in the images of a data set in CelebA's layout.

    Attributes:
        network: Of slot FACE_PRIORS.
        files: The images.
        names: Their names, in order.
        with_mirror: Whether each face is looked at mirrored as well.
        label_folder: Where label maps go; None to find landmarks instead.
    """

    network: nn.Module
    files: ImageStore
    names: list[str]
    with_mirror: bool
    label_folder: Path | None

    def __call__(self, indices: range) -> Arrays:
        """Label some faces.

        Returns:
            ``is_found`` uint8 (n,), 0 where an image cannot be decoded; ``landmarks`` (n, K, 2) in
            pixels of the stored image where those are wanted.

        Raises:
            DataError: An image is smaller than CelebA's.
        """
        images = [self._read(index) for index in indices]
        found = [row for row, image in enumerate(images) if image is not None]
        decoded = [image for image in images if image is not None]
        priors = [self._run(decoded[begin : begin + _BATCH]) for begin in _count_by_batch(decoded)]
        arrays: Arrays = {"is_found": np.array([one is not None for one in images], np.uint8)}
        if self.label_folder is None:
            count = int(self.network.num_landmarks)  # type: ignore[arg-type]
            landmarks = np.full((len(images), count, 2), np.nan, np.float32)
            places = [points for one in priors for points in one.landmarks.cpu().numpy()]
            for row, image, points in zip(found, decoded, places, strict=True):
                landmarks[row] = move_points(points, map_face_to_image(*image.shape[:2]))
            return {**arrays, "landmarks": landmarks}
        maps = [labels for one in priors for labels in one.labels.cpu().numpy()]
        for row, image, labels in zip(found, decoded, maps, strict=True):
            name = Path(self.names[indices[row]]).stem + ".png"
            write_png(place_labels(labels, *image.shape[:2]), self.label_folder / name)
        return arrays

    def _read(self, index: int) -> NDArray[np.uint8] | None:
        name = self.names[index]
        try:
            image = self.files.read(name)
        except UndecodableImageError:
            return None
        if min(image.shape[:2]) < CROP_SIDE:
            raise DataError(
                f"{self.files.place / name} is {image.shape[1]}x{image.shape[0]}; expected at "
                f"least {CROP_SIDE}x{CROP_SIDE}, as in CelebA's layout."
            )
        return image

    def _run(self, images: Sequence[NDArray[np.uint8]]) -> FoundPriors:
        faces = torch.from_numpy(np.stack([cut_face(image) for image in images]))
        device = next(self.network.parameters()).device
        faces = faces.permute(0, 3, 1, 2).to(device).float() / 255
        return find_priors(self.network, faces, self.with_mirror)


def _count_by_batch(images: Sequence[Any]) -> range:
    return range(0, len(images), _BATCH)


def label(
    what: str,
    root: str | Path,
    out: str | Path,
    face_prior: str | Path | Sequence[str | Path] = DEFAULT_FACE_PRIOR,
    *,
    splits: Sequence[str] = SPLITS,
    max_images: int | None = None,
    with_mirror: bool = True,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write landmarks or label maps of a data set in CelebA's layout, found by a network.

    ``out`` may be the data set itself, or a new folder, which then links its images and has the
    lists of those that were labelled: either way it is a data set in CelebA's layout with these
    annotations. One folder may take both.

    Args:
        what: ``"landmarks"`` or ``"parsing"``.
        root: The data set.
        out: Folder of the annotations.
        face_prior: A trained network of slot FACE_PRIORS: a release, or a config and a checkpoint,
            see :func:`~fcsrlib.inference.face_prior.locate_face_prior`.
        splits: Which splits.
        max_images: Only the first so many of each.
        with_mirror: Average each face with its mirror image; takes twice as long.
        workers: Number of processes on the CPU; on a GPU there is one.
        say: Takes lines on how far it is.

    Returns:
        ``out``.

    Raises:
        ConfigError: The config has no face prior, or a part of the data set itself would have
            landmarks.
        CheckpointError: The weights cannot be found or read, or are of another network.
        DataError: The data set is absent, incomplete, of another layout or annotated already, or
            ``out`` holds something else.
    """
    root, out, workers = Path(root), Path(out), count_workers(workers)
    layout = check_folder(root)
    if layout.reader != "CelebA":
        raise DataError(
            f"{root} is of another layout ({layout.title}); expected CelebA's: run align first."
        )
    is_same = out.resolve() == root.resolve()
    if not is_same:
        prepare_out(root, out)
    sources = open_splits(root, splits, max_images)
    names = [name for source in sources.values() for name in source.names]
    if is_same and what == LANDMARKS:
        _check_whole(root, names)
    files = locate_face_prior(face_prior)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_face_prior(files, device)
    if device == "cuda":
        workers = 1  # a process that was forked cannot use the GPU of its parent
    options = {
        "splits": list(sources),
        "max_images": max_images,
        "with_mirror": with_mirror,
        "face_prior": [digest_file(path)[1] for path in files],
    }
    described = describe_source(root, workers, say, leave_out=_MADE)
    with Undertaking(
        out, what, {"options": options, "source": described}, workers, say
    ) as undertaking:
        if undertaking.is_done():
            return out
        undertaking.refuse_foreign(_MARKS[what])
        if not is_same:
            _check_same_faces(out, names)
        labels = out / LABEL_FOLDER if what == PARSING else None
        labeller = partial(Labeller, network, with_mirror=with_mirror, label_folder=labels)
        outputs, results = _label_all(undertaking, labeller, sources)
        if not is_same:
            outputs += make_layout(root, out, names)
        undertaking.finish(outputs, results)
    return out


def _check_same_faces(out: Path, names: Sequence[str]) -> None:
    """Check that a folder which has other annotations already has them for the same faces.

    Raises:
        DataError: It has them for others.
    """
    partition = out / PARTITION_FILE
    if partition.is_file() and set(read_table(partition, 1)[0]) != set(names):
        raise DataError(
            f"{out} holds annotations of other faces of the data set; give another folder, or the "
            "same --splits and --max-images."
        )


def _label_all(
    undertaking: Undertaking, labeller: Any, sources: dict[str, CelebA]
) -> tuple[list[str], dict[str, Any]]:
    names: list[str] = []
    found: list[Arrays] = []
    for split, source in sources.items():
        job = labeller(files=open_files(source), names=source.names)
        paths = undertaking.work(f"labelled {split}", job, split, len(source))
        found.append(join_parts(paths))
        names += source.names
    is_found = np.concatenate([one["is_found"] for one in found])
    damaged = [names[row] for row in np.flatnonzero(is_found == 0)]
    if damaged:
        undertaking.say(f"{len(damaged)} images cannot be decoded: {name_some(damaged)}")
    results = {"faces": int(is_found.sum()), "undecodable": damaged}
    if undertaking.command == LANDMARKS:
        points = np.concatenate([one["landmarks"] for one in found])
        return [write_landmarks(undertaking.out, names, points)], results
    labelled = [names[row] for row in np.flatnonzero(is_found)]
    return [f"{LABEL_FOLDER}/{Path(name).stem}.png" for name in labelled], results


def _check_whole(root: Path, names: Sequence[str]) -> None:
    """Check that landmarks in the data set itself are to cover all of it: its reader asks that.

    Raises:
        ConfigError: They are not.
    """
    listed, _ = read_table(find_file(root, PARTITION_FILE), 1)
    if len(set(names)) < len(set(listed)):
        raise ConfigError(
            f"{len(names)} of {len(listed)} images of {root} would have landmarks, and it could no "
            "longer be read; give another folder for the output, or all --splits without "
            "--max-images."
        )
