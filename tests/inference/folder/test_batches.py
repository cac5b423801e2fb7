"""Faces of many files in batches: files stay whole, whatever networks their faces need."""

from pathlib import Path

import pytest

from fcsrlib.inference.folder.batches import Batches, Work
from fcsrlib.inference.folder.claims import Claim
from fcsrlib.inference.folder.jobs import Job
from fcsrlib.inference.folder.tasks import Task
from fcsrlib.inference.restored import RestoreOptions


class Network:
    """Stands in for a restorer: returns the faces it was given, in capitals."""

    def __init__(self, batch_size):
        self.batch_size = batch_size
        self.batches = []

    def run(self, faces, options):
        self.batches.append(list(faces))
        return [face.upper() for face in faces]


class Faces(Task):
    def __init__(self, faces):
        self.faces = faces

    def finish(self, outputs, with_comparison):
        raise NotImplementedError


def make_work(name, *faces):
    path = Path(name)
    return Work(Job(path, path, path), Claim(path, None), Faces(list(faces)))


@pytest.fixture
def batches():
    return Batches(RestoreOptions())


def test_a_file_is_done_when_all_of_its_networks_have_run(batches):
    small, large = Network(2), Network(3)
    first = make_work("first", (small, "a"), (large, "b"), (small, "c"))
    second = make_work("second", (large, "d"))
    batches.add(first)
    assert list(batches.run(is_patient=True)) == []
    assert small.batches == [["a", "c"]] and not first.is_made()
    batches.add(second)
    assert list(batches.run(is_patient=True)) == [] and large.batches == []
    assert list(batches.run(is_patient=False)) == [first, second]
    assert large.batches == [["b", "d"]]
    assert first.list_outputs() == ["A", "B", "C"] and second.list_outputs() == ["D"]
    assert list(batches.run(is_patient=False)) == []


def test_a_file_without_faces_for_a_network_is_made_at_once(batches):
    work = make_work("none")
    batches.add(work)
    assert work.is_made() and work.list_outputs() == []
    assert list(batches.run(is_patient=False)) == []


def test_what_is_dropped_is_given_back_once_and_forgotten(batches):
    one, other = Network(9), Network(9)
    work = make_work("both", (one, "a"), (other, "b"))
    batches.add(work)
    assert batches.drop() == [work]
    assert batches.drop() == [] and list(batches.run(is_patient=False)) == []


def test_files_whose_network_fails_can_still_be_dropped(batches):
    network = Network(1)
    network.run = lambda faces, options: 1 / 0
    work = make_work("fails", (network, "a"))
    batches.add(work)
    with pytest.raises(ZeroDivisionError):
        list(batches.run(is_patient=True))
    assert batches.drop() == [work]
