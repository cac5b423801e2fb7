"""Plans which image goes to which file: files, folders and globs in, one tree out."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from fcsrlib.data.image_files import list_images
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.inference.image_io import READABLE_SUFFIXES, WRITABLE

COMPARISON_SUFFIX = ".compare.png"


@dataclass(frozen=True)
class Job:
    """One image to restore.

    Attributes:
        source: The image.
        target: Where the result goes.
        name: Place of the image below its folder, or its file name.
    """

    source: Path
    target: Path
    name: Path

    @property
    def comparison(self) -> Path:
        """Where the picture of input, hole and result goes."""
        return self.target.with_name(self.target.name + COMPARISON_SUFFIX)


def plan_jobs(inputs: Sequence[str | Path], out: str | Path) -> list[Job]:
    """Return a job for each image of ``inputs``, in their order, folders sorted.

    A folder's images keep their places below it; a single file keeps its name. Results keep the
    suffix where it is PNG, JPEG or WebP; ``.png`` is appended to others. What lies below ``out`` is
    not read, and an image that is named twice is one job.

    Args:
        inputs: Files, folders and globs (``**`` goes through all folders).
        out: The folder of the results; for one file, also the file of its result.

    Raises:
        DataError: An input that is not there, or a folder without images.
        ConfigError: Two images with one result, a result that would replace its image, or one of a
            kind that is not written.
    """
    if not str(out):  # to a path it would be the working folder
        raise ConfigError("the output is empty; expected a folder, or for one image a file.")
    out = Path(out)
    _check_writable(out)
    found = list(_find_images(inputs, out.resolve()))
    if not found:
        raise DataError(f"all images lie below the output {out}; give another one.")
    if out.suffix.lower() in WRITABLE and not out.is_dir():
        if len(set(found)) != 1:
            raise ConfigError(f"{out} is one file for {len(found)} images; expected a folder.")
        jobs = [Job(found[0][0], out, found[0][1])]
    else:
        jobs = [Job(source, out / _name_result(name), name) for source, name in found]
    return _check_targets(jobs)


def start_apart(jobs: Sequence[Job], rank: int, count: int) -> list[Job]:
    """Return all jobs, beginning where process ``rank`` of ``count`` shall begin.

    Each process has all of them, as what one has done the others skip; begun at the same place,
    they would all reach for the same files.

    >>> start_apart("abcdef", 1, 3)
    ['c', 'd', 'e', 'f', 'a', 'b']
    """
    start = len(jobs) * rank // count
    return [*jobs[start:], *jobs[:start]]


def _find_images(inputs: Iterable[str | Path], out: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each image and its name."""
    for path in (one for given in inputs for one in _expand(given)):
        if not path.is_dir():
            yield path, Path(path.name)
            continue
        is_out_inside = path.resolve() in out.parents
        for name in map(Path, list_images(path, READABLE_SUFFIXES)):
            if not (is_out_inside and out in (path / name).resolve().parents):
                yield path / name, name


def _expand(given: str | Path) -> list[Path]:
    if not str(given):  # to a path it would be the working folder
        raise DataError("an input is empty; expected a file, a folder or a glob.")
    if Path(given).exists():
        return [Path(given)]
    if not glob.has_magic(str(given)):
        raise DataError(f"there is no file or folder {given}.")
    paths = sorted(map(Path, glob.glob(str(given), recursive=True)))
    files = [path for path in paths if path.is_file()]
    if not files:
        raise DataError(f"nothing matches {given}; expected image files.")
    return files


def make_folder(path: Path) -> None:
    """Make the folder of a result, and check that files can be written there.

    Raises:
        ConfigError: They cannot.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ConfigError(f"nothing can be written to {path}: {error.strerror}.") from error


def _name_result(name: Path) -> Path:
    if name.suffix.lower() in WRITABLE:
        return name
    return name.with_name(f"{name.name}.png")


def _check_writable(out: Path) -> None:
    suffix = out.suffix.lower()
    if suffix in READABLE_SUFFIXES and suffix not in WRITABLE and not out.is_dir():
        raise ConfigError(
            f"the output {out} cannot be written; expected a folder, or for one image a file that "
            f"ends with {', '.join(WRITABLE)}."
        )


def _check_targets(jobs: Iterable[Job]) -> list[Job]:
    """Return each job once."""
    kept: dict[Path, Job] = {}
    for job in jobs:
        other = kept.setdefault(job.target, job).source
        if other != job.source and not other.samefile(job.source):
            raise ConfigError(
                f"{other} and {job.source} would both become {job.target}; restore them in two "
                "runs to two folders."
            )
        if job.target.exists() and job.target.samefile(job.source):
            raise ConfigError(f"{job.target} would replace its own image; give another output.")
    return list(kept.values())
