import itertools
import multiprocessing
import time
from pathlib import Path

import pytest
import torch

from fcsrlib.engine.checkpoint import list_checkpoints, read_newest, write_checkpoint
from fcsrlib.errors import CheckpointError
from fcsrlib.models.weights import read_checkpoint


def write_for_ever(path):
    """Write the same checkpoint with other numbers until somebody kills the process."""
    torch.set_num_threads(1)  # OpenMP's threads do not survive a fork
    for number in itertools.count(1):
        weights = torch.full((200_000,), float(number))
        write_checkpoint({"number": number, "weights": weights}, path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints"


def test_what_is_written_is_read(folder):
    weights = torch.arange(6.0).reshape(2, 3)
    stored = {"a": weights, "b": [weights, (1, "x")], "c": {"d": None, "e": 1.5}}
    write_checkpoint(stored, folder / "iter_1.pth")
    read = read_checkpoint(folder / "iter_1.pth")
    assert torch.equal(read["a"], weights) and torch.equal(read["b"][0], weights)
    assert read["b"][1] == (1, "x") and read["c"] == {"d": None, "e": 1.5}
    assert [path.name for path in folder.iterdir()] == ["iter_1.pth"]


def test_a_view_is_stored_without_what_it_looks_into(folder):
    write_checkpoint({"a": torch.zeros(1_000_000)[:3]}, folder / "a.pth")
    assert (folder / "a.pth").stat().st_size < 10_000


def test_memory_layout_survives(folder):
    weights = torch.rand(4, 3, 5, 5).to(memory_format=torch.channels_last)
    write_checkpoint({"a": weights}, folder / "a.pth")
    assert read_checkpoint(folder / "a.pth")["a"].stride() == weights.stride()


def test_killed_at_any_moment_the_file_is_whole(folder):
    path = folder / "iter_1.pth"
    write_checkpoint({"number": 0, "weights": torch.zeros(200_000)}, path)
    half_written = 0
    for attempt in range(20):
        process = multiprocessing.get_context("fork").Process(
            target=write_for_ever, args=(path,), daemon=True
        )
        process.start()
        deadline = time.monotonic() + 2
        while not list(folder.glob(".*.part")) and time.monotonic() < deadline:
            time.sleep(0)  # until a file is being written
        time.sleep(attempt * 0.0002)
        process.kill()
        process.join()
        half_written += bool(list(folder.glob(".*.part")))
        stored = read_checkpoint(path)
        assert torch.equal(stored["weights"], torch.full((200_000,), float(stored["number"])))
        assert list_checkpoints(folder.parent) == [path]
    assert half_written, "no attempt hit the writing; the test proves nothing"
    write_checkpoint({"number": 0}, path)
    assert [one.name for one in folder.iterdir()] == ["iter_1.pth"]  # nothing is left behind


def test_checkpoints_are_listed_by_number(folder):
    for name in ("iter_10.pth", "iter_9.pth", "joint.pth", ".iter_11.pth.part", "iter_x.pth"):
        write_checkpoint({}, folder / name)
    assert [path.name for path in list_checkpoints(folder.parent)] == ["iter_9.pth", "iter_10.pth"]


def test_a_truncated_newest_falls_back_to_the_one_before(folder):
    for number in (9, 10):
        write_checkpoint({"number": number}, folder / f"iter_{number}.pth")
    assert read_newest(folder.parent) == (folder / "iter_10.pth", {"number": 10})
    content = (folder / "iter_10.pth").read_bytes()
    (folder / "iter_10.pth").write_bytes(content[: len(content) // 2])
    assert read_newest(folder.parent) == (folder / "iter_9.pth", {"number": 9})


def test_no_checkpoint_is_none_and_damaged_ones_only_an_error(folder):
    assert read_newest(folder.parent) is None
    folder.mkdir()
    (folder / "iter_1.pth").write_bytes(b"")
    with pytest.raises(CheckpointError, match="no checkpoint in .* can be read: .*iter_1.pth"):
        read_newest(folder.parent)


def test_a_file_that_cannot_be_written_is_one_clear_error(folder):
    folder.write_text("in the way")
    with pytest.raises(CheckpointError, match="a.pth could not be written: "):
        write_checkpoint({}, folder / "a.pth")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_the_old_file(folder):
    write_checkpoint({"number": 1}, folder / "a.pth")
    (folder / ".a.pth.part").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="a.pth could not be written: "):
        write_checkpoint({"weights": torch.zeros(100_000)}, folder / "a.pth")
    assert read_checkpoint(folder / "a.pth") == {"number": 1}
