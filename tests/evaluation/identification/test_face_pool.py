import numpy as np
import pytest
import torch

from fcsrlib.errors import FCSRError
from fcsrlib.evaluation.identification.face_pool import UNREADABLE, FacePool


def make(rows):
    """Return faces that are filled with their number; every fourth does not decode."""
    numbers = np.array(rows)
    faces = np.broadcast_to(numbers.astype(np.uint8)[:, None, None], (len(rows), 128, 128))
    return faces, np.where(numbers % 4 == 3, UNREADABLE, numbers * 10)


def test_rows_come_back_as_they_were_made(tmp_path):
    pool, told = FacePool(tmp_path / "pool", 10), []
    pool.fill(make, 4, told.append)
    assert told == [4, 8, 10]
    assert pool.labels().tolist() == [0, 10, 20, -1, 40, 50, 60, -1, 80, 90]
    taken = pool.take(np.array([9, 2, 2]))
    assert taken.shape == (3, 128, 128) and taken.dtype == torch.uint8
    assert taken[:, 5, 7].tolist() == [9, 2, 2]


def test_an_interrupted_pool_goes_on_behind_its_last_whole_row(tmp_path):
    def stop_at_eight(rows):
        if rows.start == 8:
            raise KeyboardInterrupt
        return make(rows)

    pool = FacePool(tmp_path, 10)
    with pytest.raises(KeyboardInterrupt):
        pool.fill(stop_at_eight, 4, lambda done: None)
    with (tmp_path / "faces.u8").open("ab") as file:
        file.write(b"half a face")
    assert pool.count() == 8
    asked = []
    pool.fill(lambda rows: asked.append(rows) or make(rows), 4, lambda done: None)
    assert asked == [range(8, 10)]
    assert pool.take(np.arange(10))[:, 0, 0].tolist() == list(range(10))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FCSRError, match="file could not be written"):
        FacePool(tmp_path / "file", 2).fill(make, 1, lambda done: None)
