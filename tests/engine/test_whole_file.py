import pytest

from fcsrlib.engine.whole_file import write_whole
from fcsrlib.errors import FCSRError


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new" / "a.txt"
    write_whole(b"one", path)
    write_whole(b"two", path)
    assert path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_what_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FCSRError, match="file/a.txt could not be written: .*File exists"):
        write_whole(b"", tmp_path / "file" / "a.txt")
