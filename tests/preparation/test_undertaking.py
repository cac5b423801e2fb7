import os
import subprocess
import sys
import time

import numpy as np
import pytest

from fcsrlib.errors import DataError, FCSRError
from fcsrlib.preparation import undertaking as module
from fcsrlib.preparation.undertaking import Undertaking, join_parts, read_manifest
from fcsrlib.preparation.workers import count_workers, run_all


def begin(out, inputs=None, workers=1):
    return Undertaking(out, "copy", inputs or {"options": 1}, workers, lambda line: None)


def square(faces):
    return {"values": np.array(faces) ** 2, "wide": np.zeros((len(faces), 3), np.float32)}


@pytest.mark.parametrize("workers", [1, 3])
def test_the_parts_come_in_the_order_of_the_faces(tmp_path, workers):
    with begin(tmp_path / "out", workers=workers) as work:
        paths = work.work("squared", square, "train", 200)
        joined = join_parts(paths, leave_out=["wide"])
    assert len(paths) == 4
    assert list(joined) == ["values"]
    assert np.array_equal(joined["values"], np.arange(200) ** 2)


def test_only_what_is_missing_is_worked_on(tmp_path):
    seen = []

    def note(faces):
        seen.append(faces.start)
        return square(faces)

    with begin(tmp_path / "out") as work:
        paths = work.work("squared", note, "train", 200)
        paths[2].unlink()
    with begin(tmp_path / "out") as work:
        work.work("squared", note, "train", 200)
    assert seen == [0, 64, 128, 192, 128]


def test_a_finished_work_is_known_by_inputs_and_output(tmp_path):
    out = tmp_path / "out"
    with begin(out) as work:
        assert not work.is_done()
        work.work("squared", square, "train", 3)
        (out / "made.txt").write_text("made")
        work.finish(["made.txt"], {"count": 3})
    assert not work.parts.exists()
    assert read_manifest(out)["copy"]["results"] == {"count": 3}
    with begin(out) as work:
        assert work.is_done()
    (out / "made.txt").write_text("changed")
    with begin(out) as work:
        assert not work.is_done()
    with pytest.raises(DataError, match="was made of other inputs .options differ"):
        begin(out, {"options": 2}).__enter__()


def test_two_runs_do_not_write_one_folder_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.2)
    with begin(tmp_path / "out"):
        with pytest.raises(DataError, match="is being written by another process"):
            begin(tmp_path / "out").__enter__()
    with begin(tmp_path / "out"):
        pass


def test_a_damaged_manifest_is_named(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="manifest.json cannot be read"):
        read_manifest(tmp_path)


def test_an_error_in_a_worker_is_the_commands_error_and_keeps_the_parts(tmp_path):
    def fail(faces):
        if faces.start == 128:
            raise DataError("face 128 is odd")
        return square(faces)

    with pytest.raises(DataError, match="face 128 is odd"), begin(tmp_path / "out", workers=2) as w:
        w.work("squared", fail, "train", 200)
    kept = list((tmp_path / "out").rglob("*.safetensors"))
    # The other worker is ended wherever it is, which may be amid a part: that one does not count.
    assert 1 <= len(kept) <= 3


def test_a_killed_worker_is_told():
    def die(piece):
        os._exit(9)

    with pytest.raises(FCSRError, match="a worker process was killed.*fewer --workers"):
        list(run_all(die, [1, 2, 3], 2))


@pytest.mark.slow
def test_workers_end_with_their_parent():
    program = (
        "import os, time\n"
        "from fcsrlib.preparation.workers import run_all\n"
        "def wait(piece):\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        "list(run_all(wait, [1, 2], 2))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert len({run.stdout.readline() for _ in range(2)}) == 2
    start = time.monotonic()
    run.kill()
    assert run.stdout.read() == ""  # returns when the last worker has closed it
    assert time.monotonic() - start < 30
    run.wait()


def test_there_is_one_worker_for_each_core_by_default():
    assert count_workers(None) >= 1
    assert count_workers(3) == 3
