"""Claims: one holder at a time, and none that outlives its process."""

import multiprocessing
import os

import pytest

from fcsrlib.errors import FCSRError
from fcsrlib.inference.folder.claims import claim


def hold_and_die(target, is_held):
    assert claim(target) is not None
    is_held.set()
    os._exit(1)


def test_a_claim_is_held_by_one_and_free_again_afterwards(tmp_path):
    target = tmp_path / "deep" / "a.png"
    held = claim(target)
    assert claim(target) is None
    held.release()
    held.release()  # again does nothing
    assert not list(target.parent.iterdir())
    again = claim(target)
    assert again is not None
    again.release()


def test_the_claim_of_a_killed_process_stops_nobody(tmp_path):
    target = tmp_path / "a.png"
    context = multiprocessing.get_context("fork")
    is_held = context.Event()
    process = context.Process(target=hold_and_die, args=(target, is_held))
    process.start()
    process.join(20)
    assert is_held.is_set()
    assert (tmp_path / ".a.png.claim").exists()
    held = claim(target)
    assert held is not None
    held.release()


def test_a_claim_on_a_file_that_was_removed_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    held = claim(target)
    opened = []
    real_open = os.open

    def open_then_lose(*arguments):
        descriptor = real_open(*arguments)
        if not opened:
            held.release()  # its holder finishes between open and lock
        opened.append(descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", open_then_lose)
    mine = claim(target)
    assert len(opened) == 2
    assert claim(target) is None
    mine.release()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FCSRError, match="could not be written"):
        claim(tmp_path / "file" / "a.png")
