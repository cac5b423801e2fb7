import numpy as np
import pytest

from fcsrlib.data.sample import UNKNOWN_LABEL
from fcsrlib.engine import train


@pytest.fixture
def read(toy_run, monkeypatch):
    """Return a function that takes annotations away from some of the faces."""
    original = toy_run.TinyFaces.read

    def install(change):
        monkeypatch.setattr(
            toy_run.TinyFaces, "read", lambda self, i: {**original(self, i), **change(i)}
        )

    return install


def warnings(capfd):
    lines = "".join(capfd.readouterr()).splitlines()
    return [line for line in lines if "face prior terms" in line]


def run(toy_run, tmp_path, stages):
    train(toy_run.make_config(stages), work_dir=tmp_path)


def test_absent_targets_are_told_once_each(toy_run, read, tmp_path, capfd):
    read(
        lambda index: dict(
            landmarks=np.full((81, 2), np.nan, np.float32),
            parsing=np.full((32, 32), UNKNOWN_LABEL, np.uint8),
        )
    )
    run(toy_run, tmp_path, toy_run.STAGES)
    lines = warnings(capfd)
    assert len(lines) == 2
    assert "no landmarks known for 4 of 4 faces of a batch (first: 0_" in lines[0]
    assert "no parsing known for 4 of 4 faces" in lines[1]


def test_nothing_is_said_where_no_term_reads_them_or_all_are_known(toy_run, read, tmp_path, capfd):
    run(toy_run, tmp_path / "a", toy_run.STAGES)
    assert warnings(capfd) == []
    toy_run.forget_runs()
    read(lambda index: dict(parsing=np.full((32, 32), UNKNOWN_LABEL, np.uint8)))
    run(toy_run, tmp_path / "b", toy_run.FC_ONLY)
    assert warnings(capfd) == []
