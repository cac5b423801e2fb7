import time

import numpy as np

from fcsrlib.data.annotations import load_label_table, read_partition


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


def test_without_a_merge_the_eleven_labels_stand_for_themselves():
    table = load_label_table(None)
    assert table[:11].tolist() == list(range(11))
    assert table[255] == 255 and np.all(table[11:255] == 11)
