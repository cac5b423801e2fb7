"""Many files: resuming, bad files, stopping, sharing, bounded memory."""

import multiprocessing
import os
import threading
import time

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.inference.folder import restore
from fcsrlib.inference.folder.byte_budget import ByteBudget
from fcsrlib.inference.folder.claims import claim
from fcsrlib.inference.folder.jobs import plan_jobs
from fcsrlib.inference.folder.mask_choice import ColourMask
from fcsrlib.inference.folder.options import JobOptions
from fcsrlib.inference.folder.restore import restore_files
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.restored import RestoreOptions
from fcsrlib.inference.restorer import Restorer
from fcsrlib.inference.restorer_choice import RestorerChoice
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing import toy


def build(name="swift_x8", batch_size=4):
    torch.manual_seed(0)
    scale = int(str(name)[-1])
    generator = FCSRGenerator(fc=toy.ToyFC(), sr=toy.ToySR(scale), hr_side=128, scale=scale)
    return Restorer(generator, device="cpu", dtype="float32", batch_size=batch_size)


def fill(folder, count=10, side=20):
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        pixels = np.random.default_rng(index).integers(60, 190, (side, side, 3), np.uint8)
        pixels = cv2.GaussianBlur(pixels, (5, 5), 2)
        pixels[4:9, 4:9] = (0, 255, 0)
        Image.fromarray(pixels).save(folder / f"{index:03}.png")
    return folder


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "in")


def run(folder, out, *, tell=None, load=build, **options):
    told = []
    counts = restore_files(
        plan_jobs([folder], out),
        RestorerChoice(load),
        ColourMask((0, 255, 0)),
        JobOptions(**options),
        tell=tell or told.append,
    )
    return counts, told


def list_files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_every_file_is_what_the_restorer_makes_of_it_alone(folder, tmp_path):
    fill(folder / "deep", 3, side=60)
    counts, told = run(folder, tmp_path / "out")
    assert counts == {"restored": 13} and len(told) == 13
    restorers = RestorerChoice(build)
    for job in plan_jobs([folder], tmp_path / "out"):
        face = read_any(job.source).pixels
        mask = ColourMask((0, 255, 0)).find(job.name, face)
        alone = restorers.choose(len(face))(face, mask).image
        assert np.abs(read_any(job.target).pixels.astype(int) - alone).max() <= 1
    assert list_files(tmp_path / "out") == list_files(folder)  # nothing else is left there


def test_what_is_done_is_skipped_unless_forced(folder, tmp_path):
    out = tmp_path / "out"
    run(folder, out)
    (out / "003.png").unlink()
    (out / "004.png").write_bytes(b"kept")
    counts, _ = run(folder, out)
    assert counts == {"restored": 1, "skipped": 9}
    assert (out / "004.png").read_bytes() == b"kept"
    past = time.time() - 100
    for path in out.iterdir():
        os.utime(path, (past, past))
    counts, _ = run(folder, out, is_forced=True)
    assert counts == {"restored": 10}
    assert read_any(out / "004.png").pixels.shape == (128, 128, 3)


def test_bad_files_are_named_and_stop_nothing(folder, tmp_path):
    (folder / "002.png").write_bytes(b"no image")
    (folder / "005.png").write_bytes((folder / "005.png").read_bytes()[:200])
    Image.new("RGB", (20, 20), (0, 255, 0)).save(folder / "007.png")  # nothing but hole
    (tmp_path / "out" / "008.png").mkdir(parents=True)
    counts, told = run(folder, tmp_path / "out", is_forced=True)
    failed = {one.job.name.name: one.message for one in told if one.state == "failed"}
    assert counts == {"restored": 6, "failed": 4}
    assert "is no image" in failed["002.png"] and "is damaged" in failed["005.png"]
    assert "hides the whole face" in failed["007.png"]
    assert "could not be written" in failed["008.png"]
    assert not any("\n" in message for message in failed.values())


def test_comparisons_lie_beside_the_results(folder, tmp_path):
    run(folder, tmp_path / "out", with_comparison=True)
    assert len(list_files(tmp_path / "out")) == 20
    drawn = read_any(tmp_path / "out" / "000.png.compare.png").pixels
    assert drawn.shape == (128, 388, 3)
    assert np.array_equal(drawn[:, 260:], read_any(tmp_path / "out" / "000.png").pixels)


def test_the_options_of_restoring_reach_the_network(folder, tmp_path):
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(folder / "big.png")
    run(folder, tmp_path / "kept")
    run(folder, tmp_path / "small", restore=RestoreOptions(keep_detail=False))
    sides = [len(read_any(tmp_path / name / "big.png").pixels) for name in ("kept", "small")]
    assert sides == [200, 128]


def test_a_stop_leaves_whole_results_and_the_next_run_does_the_rest(tmp_path):
    folder = fill(tmp_path / "in", 60)
    done = []
    counts = restore_files(
        plan_jobs([folder], tmp_path / "out"),
        RestorerChoice(build),
        tell=done.append,
        is_stopped=lambda: len(done) >= 8,
    )
    assert 8 <= counts["restored"] < 60
    assert len(list_files(tmp_path / "out")) == counts["restored"]
    rest, _ = run(folder, tmp_path / "out")
    assert rest == {"skipped": counts["restored"], "restored": 60 - counts["restored"]}


def test_a_network_that_cannot_be_loaded_stops_all(folder, tmp_path):
    def fail(name):
        raise CheckpointError("no such model")

    with pytest.raises(CheckpointError, match="no such model"):
        run(folder, tmp_path / "out", load=fail)
    assert list_files(tmp_path / "out") == []


def test_a_network_that_fails_gives_up_its_claims_and_threads(folder, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Restorer, "run", fail)
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="out of memory"):
        run(folder, tmp_path / "out")
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert list_files(tmp_path / "out") == []


def test_what_another_process_holds_is_left_to_it(folder, tmp_path):
    held = claim(tmp_path / "out" / "003.png")
    counts, told = run(folder, tmp_path / "out")
    assert counts == {"restored": 9, "shared": 1}
    assert [one.job.name.name for one in told if one.state == "shared"] == ["003.png"]
    held.release()


def restore_in_a_process(folder, out, start, names):
    """Restore ``folder`` on one thread: those of the parent did not come along."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    start.wait(30)
    _, told = run(folder, out)
    names.put([one.job.name.name for one in told if one.state == "restored"])


def test_processes_that_share_a_folder_do_each_file_once(tmp_path):
    folder = fill(tmp_path / "in", 80)
    context = multiprocessing.get_context("fork")
    start, names = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=restore_in_a_process, args=(folder, tmp_path / "out", start, names))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    done = [names.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    assert all(done)
    assert sorted(done[0] + done[1]) == list_files(folder)
    assert list_files(tmp_path / "out") == list_files(folder)


def test_a_forced_run_does_not_repeat_what_was_written_since_it_began(folder, tmp_path):
    run(folder, tmp_path / "out")
    future = time.time() + 1000
    os.utime(tmp_path / "out" / "001.png", (future, future))
    counts, _ = run(folder, tmp_path / "out", is_forced=True)
    assert counts["skipped"] >= 1


def test_images_in_flight_stay_within_the_budget(tmp_path, monkeypatch):
    folder = fill(tmp_path / "in", 30, side=100)
    limit = 5 * 100 * 100 * 4
    budgets = []

    class Watched(ByteBudget):
        def __init__(self, _):
            super().__init__(limit)
            self.most = 0
            budgets.append(self)

        def take(self, count):
            super().take(count)
            self.most = max(self.most, self.used)

    monkeypatch.setattr(restore, "ByteBudget", Watched)
    counts, _ = run(folder, tmp_path / "out", load=lambda name: build(name, batch_size=16))
    assert counts == {"restored": 30}
    assert 0 < budgets[0].most <= limit
    assert budgets[0].used == 0


def test_an_image_beyond_the_budget_passes_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(restore, "_MAX_BYTES_IN_FLIGHT", 10)
    counts, _ = run(fill(tmp_path / "in", 4), tmp_path / "out")
    assert counts == {"restored": 4}


def test_no_worker_is_refused(folder, tmp_path):
    with pytest.raises(ConfigError, match="0 workers"):
        run(folder, tmp_path / "out", num_workers=0)
