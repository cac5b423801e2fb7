import time

import numpy as np
import pytest

from fcsrlib.data.annotations import load_label_table, read_partition, read_split_file
from fcsrlib.data.helen import read_number_list
from fcsrlib.data.lfw import read_people
from fcsrlib.errors import DataError


def test_a_list_of_celebas_length_is_parsed_in_about_a_second(tmp_path):
    path = tmp_path / "list_eval_partition.txt"
    path.write_text("".join(f"{number:06d}.jpg {number % 3}\n" for number in range(162_000)))
    begin = time.process_time()
    names = read_partition(path, "val")
    assert time.process_time() - begin < 1.5
    assert len(names) == 54_000 and names[0] == "000001.jpg"


def test_windows_line_ends_and_a_missing_last_one_are_read(tmp_path):
    path = tmp_path / "list_eval_partition.txt"
    path.write_bytes(b"a.jpg 0\r\n\r\nb.jpg 0")
    assert read_partition(path, "train") == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    "read,text,expected",
    [
        (lambda path: read_partition(path, "train"), "a.jpg 0\nb.jpg 1", ["a.jpg"]),
        (lambda path: read_split_file(path, "train"), "a.jpg train\nb.jpg val", ["a.jpg"]),
        (read_number_list, "1 , a\n2 , b", ["a.jpg", "b.jpg"]),
        (lambda path: read_people(path, ["Ann_Lee"]), "Ann_Lee 3", ["Ann_Lee"]),
    ],
)
def test_the_mark_of_windows_editors_is_no_part_of_the_first_name(tmp_path, read, text, expected):
    path = tmp_path / "list.txt"
    path.write_text(text, encoding="utf-8-sig")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and read(path) == expected


def test_a_list_in_another_encoding_is_an_error_of_the_data(tmp_path):
    path = tmp_path / "split.txt"
    path.write_bytes("müller.jpg tränen\n".encode("latin-1"))
    with pytest.raises(DataError, match="split.txt:1: .*; expected a file name, once"):
        read_split_file(path, "train")


def test_a_merge_may_begin_with_that_mark_too(tmp_path):
    path = tmp_path / "helen11.json"
    path.write_text('{"map": [0, 10]}', encoding="utf-8-sig")
    assert load_label_table(path)[1] == 10


def test_without_a_merge_the_eleven_labels_stand_for_themselves():
    table = load_label_table(None)
    assert table[:11].tolist() == list(range(11))
    assert table[255] == 255 and np.all(table[11:255] == 11)
