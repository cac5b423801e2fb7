import hashlib

import pytest

from fcsrlib.errors import DataError
from fcsrlib.preparation.fingerprint import describe_files, list_files


@pytest.fixture
def folder(tmp_path):
    files = {
        "b.jpg": b"two",
        "a.jpg": b"one",
        "list.txt": b"list",
        "anna/x/1.png": b"three",
        "anna/2.txt": b"",
        "labels/1.png": b"4",
        "manifest.json": b"{}",
        ".hidden/3.png": b"5",
        ".lock": b"",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_all_files_but_hidden_ones_and_the_manifest_are_listed(folder):
    expected = ["a.jpg", "anna/2.txt", "anna/x/1.png", "b.jpg", "labels/1.png", "list.txt"]
    assert list_files(folder) == expected
    assert list_files(folder, ["labels", "list.txt"]) == expected[:4]


def test_the_description_by_hand(folder):
    described = describe_files(folder, list_files(folder), workers=2)
    lines = f"a.jpg {sha256('one')}\nb.jpg {sha256('two')}\n"
    assert described == {
        "anna/": {
            "files": 2,
            "bytes": 5,
            "sha256": sha256(f"anna/2.txt {sha256('')}\nanna/x/1.png {sha256('three')}\n"),
        },
        "images": {"files": 2, "bytes": 6, "sha256": sha256(lines)},
        "labels/": {"files": 1, "bytes": 1, "sha256": sha256(f"labels/1.png {sha256('4')}\n")},
        "list.txt": {"bytes": 4, "sha256": sha256("list")},
    }


def test_a_renamed_or_changed_file_changes_the_description(folder):
    before = describe_files(folder, list_files(folder))
    (folder / "a.jpg").rename(folder / "c.jpg")
    renamed = describe_files(folder, list_files(folder))
    assert renamed["images"]["sha256"] != before["images"]["sha256"]
    assert renamed["anna/"] == before["anna/"]


def test_links_to_folders_are_followed(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "linked").symlink_to(folder / "anna")
    assert list_files(other) == ["linked/2.txt", "linked/x/1.png"]


def test_a_file_that_is_gone_is_named(folder):
    with pytest.raises(DataError, match="gone.jpg cannot be read: No such file"):
        describe_files(folder, ["gone.jpg"])


def test_a_name_that_no_list_can_hold_is_refused(folder):
    names = ["anna/m\udcfcller.png"]  # Latin-1 on disk, as Python gives it
    try:
        (folder / names[0]).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(DataError, match=r"anna/m\\xfcller.png' is not UTF-8; rename it"):
        describe_files(folder, names)
