"""Keeps the gray training faces of one kind on disk: restoring them again would cost too much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fcsrlib.errors import FCSRError
from fcsrlib.models.recognition.light_cnn import SIDE

_FACES, _LABELS = "faces.u8", "labels.i64"
UNREADABLE = -1

Make = Callable[[range], tuple[NDArray[np.uint8], NDArray[np.int64]]]


class FacePool:
    """Rows of a gray face and the class of its person; rows are only ever appended.

    Whatever was written before an interruption is kept: the shorter of the two files says how
    many rows are whole.

    Args:
        folder: Where the two files are; made with the first row.
        total: Rows in all.
    """

    def __init__(self, folder: Path, total: int) -> None:
        """Note where the rows are."""
        self.folder = folder
        self.total = total

    def count(self) -> int:
        """Return the number of whole rows so far."""
        sizes = ((_FACES, SIDE * SIDE), (_LABELS, 8))
        paths = [(self.folder / name, size) for name, size in sizes]
        return min(path.stat().st_size // size if path.is_file() else 0 for path, size in paths)

    def fill(self, make: Make, batch_size: int, tell: Callable[[int], None]) -> None:
        """Append what is missing.

        Args:
            make: Takes row numbers; returns faces uint8 (n, 128, 128) and classes int64 (n,),
                :data:`UNREADABLE` for a face that does not decode.
            batch_size: Rows at once.
            tell: Called with the number of rows after each batch.

        Raises:
            FCSRError: They cannot be written; from ``make`` too.
        """
        done = self.count()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (
                (self.folder / _FACES).open("ab") as faces,
                (self.folder / _LABELS).open("ab") as labels,
            ):
                faces.truncate(done * SIDE * SIDE)
                labels.truncate(done * 8)
                while done < self.total:
                    made = make(range(done, min(done + batch_size, self.total)))
                    faces.write(made[0].tobytes())
                    labels.write(made[1].tobytes())
                    faces.flush()
                    labels.flush()
                    done += len(made[1])
                    tell(done)
        except OSError as error:
            raise FCSRError(f"{self.folder} could not be written: {error}.") from error

    def labels(self) -> NDArray[np.int64]:
        """Return the class of each row."""
        return np.fromfile(self.folder / _LABELS, np.int64)

    def take(self, rows: NDArray[np.int64]) -> Tensor:
        """Return the faces of ``rows``, uint8 (n, 128, 128)."""
        stored = np.memmap(self.folder / _FACES, np.uint8, "r", shape=(self.total, SIDE, SIDE))
        return torch.from_numpy(stored[rows])

    def remove(self) -> None:
        """Delete the files."""
        for name in (_FACES, _LABELS):
            (self.folder / name).unlink(missing_ok=True)
