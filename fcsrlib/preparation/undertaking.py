"""A command's work on a folder: locked, resumable piece by piece, finished by a manifest."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from fcsrlib import __version__
from fcsrlib.engine.report import write_json
from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import DataError
from fcsrlib.preparation.fingerprint import MANIFEST, describe_files, list_files
from fcsrlib.preparation.progress import Progress, Say
from fcsrlib.preparation.workers import run_all

Arrays = dict[str, NDArray[Any]]
Job = Callable[[range], Arrays]

FACES_A_PART = 64
_INPUTS = "inputs.json"
_LOCK = ".prepare.lock"
_PATIENCE_SECONDS = 10.0


class Undertaking:
    """The work of one command on its output folder.

    Used as a context it holds the folder's lock. The parts of an interrupted run lie in a hidden
    folder there and are used again if the inputs are the same; a finished one is named in the
    ``manifest.json``, which is written last.

    Attributes:
        parts: Folder of the finished parts.

    Args:
        out: The output folder.
        command: Name of the command; the manifest has one entry for each.
        inputs: All that the output follows from, as JSON has it: options, hashes of the source.
        workers: Number of processes.
        say: Takes lines on how far it is.

    Raises:
        DataError: The folder holds what the command made of other inputs.
    """

    def __init__(
        self, out: Path, command: str, inputs: Mapping[str, Any], workers: int, say: Say
    ) -> None:
        """Note the arguments; nothing is written yet."""
        self.out, self.command, self.workers, self.say = out, command, workers, say
        self.inputs = json.loads(json.dumps({"fcsrlib": __version__, **inputs}))
        self.parts = out / f".prepare-{command}"
        self._lock: BinaryIO | None = None

    def __enter__(self) -> Undertaking:
        """Lock the folder, and check that nothing else was begun in it."""
        self._refuse_others(read_manifest(self.out).get(self.command), "was made of")
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self.out / _LOCK)
        except OSError as error:
            raise DataError(f"{self.out} cannot be written: {error.strerror}.") from error
        self._refuse_others(_read_json(self.parts / _INPUTS), "holds an interrupted run on")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Unlock the folder."""
        if self._lock is not None:
            self._lock.close()

    def is_done(self) -> bool:
        """Return whether the command was finished here and its output is what it was."""
        entry = read_manifest(self.out).get(self.command)
        if entry is None:
            return False
        outputs = entry["outputs"]
        names = [name for name in list_files(self.out) if _find_group(name, outputs)]
        if describe_files(self.out, names, self.workers) == outputs:
            self.say(f"{self.out} is complete already: nothing to do")
            return True
        self.say(f"{self.out} was changed since it was made: making it anew")
        return False

    def refuse_foreign(self, marks: Sequence[str]) -> None:
        """Refuse a folder that holds what this command would overwrite and has not made.

        Args:
            marks: Patterns of names in the folder.

        Raises:
            DataError: Such files are there; some are named.
        """
        found = [path.name for mark in marks for path in sorted(self.out.glob(mark))]
        is_own = self.parts.is_dir() or self.command in read_manifest(self.out)
        if found and not is_own:
            raise DataError(
                f"{self.out} has {', '.join(found)} already; give another folder, or take it away."
            )

    def work(self, what: str, job: Job, name: str, total: int) -> list[Path]:
        """Run ``job`` over ``total`` faces, part by part, but for the parts that are there.

        Args:
            what: What is done, for the progress.
            job: Takes the numbers of some faces and returns arrays about them.
            name: Of the folder of these parts; one for each split.
            total: Number of faces.

        Returns:
            The parts' files, in the order of the faces.
        """
        folder = self.parts / name
        write_json(self.inputs, self.parts / _INPUTS)
        begins = range(0, total, FACES_A_PART)
        ranges = [range(begin, min(begin + FACES_A_PART, total)) for begin in begins]
        paths = [folder / f"{number:06d}.safetensors" for number in range(len(ranges))]
        waiting = [pair for pair in zip(ranges, paths, strict=True) if not pair[1].is_file()]
        progress = Progress(what, total, self.workers, self.say)
        progress.skip(total - sum(len(faces) for faces, _ in waiting))
        for count in run_all(PartWriter(job), waiting, self.workers):
            progress.add(count)
        progress.finish()
        return paths

    def finish(self, outputs: Sequence[str], results: Mapping[str, Any]) -> None:
        """Write the manifest and delete the parts.

        Args:
            outputs: Relative names of all files that were made.
            results: What the manifest tells beside the hashes.
        """
        entry = {
            **self.inputs,
            "results": results,
            "outputs": describe_files(self.out, sorted(outputs), self.workers),
        }
        commands = {**read_manifest(self.out), self.command: entry}
        write_json({"commands": dict(sorted(commands.items()))}, self.out / MANIFEST)
        shutil.rmtree(self.parts, ignore_errors=True)

    def _refuse_others(self, found: Mapping[str, Any] | None, how: str) -> None:
        if found is None:
            return
        different = [key for key in self.inputs if found.get(key) != self.inputs[key]]
        if different:
            raise DataError(
                f"{self.out} {how} other inputs ({', '.join(different)} differ); give another "
                f"folder, or delete what '{self.command}' made there."
            )


class PartWriter:
    """Runs a job on some faces and writes what it returns, whole or not at all.

    Args:
        job: The job.
    """

    def __init__(self, job: Job) -> None:
        """Keep the job."""
        self.job = job

    def __call__(self, piece: tuple[range, Path]) -> int:
        """Write one part and return the number of its faces."""
        faces, path = piece
        arrays = {name: np.ascontiguousarray(one) for name, one in self.job(faces).items()}
        write_whole(save(arrays), path)
        return len(faces)


def join_parts(paths: Sequence[Path], leave_out: Sequence[str] = ()) -> Arrays:
    """Return the arrays of all parts, one after the other, but for those to be left out."""
    found: dict[str, list[NDArray[Any]]] = {}
    for path in paths:
        with safe_open(path, "np") as part:
            for name in part.keys():
                if name not in leave_out:
                    found.setdefault(name, []).append(part.get_tensor(name))
    return {name: np.concatenate(arrays) for name, arrays in found.items()}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a folder's manifest tells of each command that made it; empty without one."""
    manifest = _read_json(folder / MANIFEST) or {}
    commands: dict[str, Any] = manifest.get("commands", {})
    return commands


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); delete it.") from error
    return content if isinstance(content, dict) else {}


def _find_group(name: str, outputs: Mapping[str, Any]) -> bool:
    return name in outputs or f"{name.partition('/')[0]}/" in outputs


def _lock(path: Path) -> BinaryIO:
    """Return the locked file; workers of a killed run hold the lock until they have noticed."""
    file = path.open("ab")
    patience_ends = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > patience_ends:
                raise DataError(
                    f"{path.parent} is being written by another process; wait until it is done."
                ) from None
            time.sleep(0.1)
