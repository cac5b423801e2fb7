"""Contact sheets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from fcsrlib.data.synthetic.sheet import lay_out, save_contact_sheet
from fcsrlib.errors import DataError


def test_tiles_run_along_rows_and_the_last_row_is_filled_with_white() -> None:
    tiles = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    sheet = lay_out(tiles, columns=2)
    np.testing.assert_array_equal(sheet[::2, ::2, 0], [[0, 1], [2, 255]])


def test_annotated_sheets_show_the_parsing_map_beside_each_face(tmp_path: Path) -> None:
    save_contact_sheet(tmp_path / "sheet.png", 2, side=32, annotations=True)
    assert cv2.imread(str(tmp_path / "sheet.png")).shape == (32, 128, 3)


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could not be written"):
        save_contact_sheet(tmp_path / "absent" / "sheet.png", 1, side=32)
