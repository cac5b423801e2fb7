"""fcsr restore: exit codes, what it prints, resuming and Ctrl-C."""

import importlib.util
import os
import signal
import threading
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from fcsrlib.cli import main
from fcsrlib.cli.restore import _Progress
from fcsrlib.inference.folder.options import Outcome
from fcsrlib.inference.image_io import read_any
from fcsrlib.inference.restorer import Restorer
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing import toy


@pytest.fixture(autouse=True)
def untuned(monkeypatch):
    monkeypatch.setattr("fcsrlib.cli.restore.tune_process", lambda: None)


@pytest.fixture
def loaded(monkeypatch):
    """Let tiny networks stand in for the released ones; return the names that were loaded."""
    names = []

    def load(name, *, device, batch_size):
        names.append((str(name), str(device), batch_size))
        scale = 8 if "x8" in str(name) else 4
        torch.manual_seed(0)
        generator = FCSRGenerator(fc=toy.ToyFC(), sr=toy.ToySR(scale), hr_side=128, scale=scale)
        return Restorer(generator, device=device, dtype="float32", batch_size=batch_size)

    monkeypatch.setattr(Restorer, "from_pretrained", load)
    return names


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(4):
        Image.fromarray(np.full((20, 20, 3), 60 + index, np.uint8)).save(folder / f"{index}.png")
    return folder


def run(capsys, *arguments):
    code = main(["restore", *map(str, arguments)])
    return code, capsys.readouterr().err


def test_a_folder_is_restored_then_skipped_then_forced(capsys, folder, tmp_path, loaded):
    out = tmp_path / "out"
    code, told = run(capsys, folder, "-o", out, "--device", "cpu", "--batch-size", 3)
    assert code == 0
    note, last = told.splitlines()
    assert note.startswith("note: 4 of 4: taken for an aligned face by its size")
    assert last.startswith("4 restored in ")
    assert loaded == [("swift_x8", "cpu", 3)]
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "2.png", "3.png"]
    code, told = run(capsys, folder, "-o", out)
    assert code == 0 and told.startswith("4 skipped as done (--force replaces them) in ")
    code, told = run(capsys, folder, "-o", out, "--force", "--aligned", "--compare", "--workers", 1)
    assert code == 0 and told.startswith("4 restored in ")
    assert len(list(out.glob("*.compare.png"))) == 4


def test_one_bad_file_is_named_and_the_code_is_three(capsys, folder, tmp_path, loaded):
    (folder / "1.png").write_text("text")
    code, told = run(capsys, folder, "-o", tmp_path / "out", "--device", "cpu", "--aligned")
    assert code == 3
    first, last = told.splitlines()
    assert first.startswith(f"failed: {folder / '1.png'}: ") and "is no image" in first
    assert last.startswith("3 restored, 1 failed in ")


def test_what_was_decided_is_counted_and_faces_that_went_well_are_not(capsys):
    progress = _Progress(3)
    for message in ("1 of 1 face restored", "2 of 2 faces restored; a", "1 of 2 faces restored; a"):
        progress.note(Outcome(None, "restored", message))
    progress.end(Counter(restored=3))
    notes = capsys.readouterr().err.splitlines()[:-1]
    assert notes == ["note: 2 of 3: a", "note: 1 of 3: 1 of 2 faces restored"]


def test_a_wrong_model_is_refused_before_any_image_is_read(capsys, folder, tmp_path):
    code, told = run(capsys, folder, "-o", tmp_path / "out", "--model", "nope_x8")
    assert code == 2 and "is no file and no released" in told
    assert not (tmp_path / "out").exists()


def test_the_mask_scale_and_model_are_heeded(capsys, folder, tmp_path, loaded):
    face = np.full((200, 200, 3), 90, np.uint8)
    face[50:80, 60:90] = (0, 255, 0)
    Image.fromarray(face).save(folder / "0.png")
    out = tmp_path / "result.png"
    arguments = (folder / "0.png", "-o", out, "--device", "cpu", "--mask", "color:#00ff00")
    assert run(capsys, *arguments)[0] == 0
    made = read_any(out).pixels
    hidden = (face == (0, 255, 0)).all(2)
    assert np.array_equal(made[~hidden], face[~hidden])
    assert not (made[hidden] == (0, 255, 0)).all(1).any()
    assert run(capsys, *arguments, "--force", "--scale", 8, "--no-keep-detail")[0] == 0
    assert read_any(out).pixels.shape == (128, 128, 3)
    assert run(capsys, *arguments, "--force", "--model", "mine_x8")[0] == 0
    assert [name for name, *_ in loaded] == ["swift_x4", "swift_x8", "mine_x8"]


def test_what_was_decided_about_a_single_image_is_told(capsys, folder, tmp_path, loaded):
    Image.new("RGB", (30, 20)).save(folder / "0.png")
    _, told = run(capsys, folder / "0.png", "-o", tmp_path, "--device", "cpu")
    assert told.startswith("note: ") and "the central 20x20 of 30x20 was taken" in told


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--batch-size", 0], "error: --batch-size is 0; expected 1 to 256."),
        (["--batch-size", 1000], "error: --batch-size is 1000; expected 1 to 256."),
        (["--mask", "nothing"], "error: the mask 'nothing' is no file or folder"),
        (["--device", "toaster"], "error: device 'toaster' cannot be used here"),
        (["--workers", 0], "error: 0 workers; expected at least 1."),
        (["--model", "no_such_model"], "error: 'no_such_model' is no file and no released model"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_two(capsys, folder, tmp_path, arguments, message):
    code, told = run(capsys, folder, "-o", tmp_path / "out", *arguments)
    assert code == 2
    assert told.splitlines()[-1].startswith(message)


def test_ctrl_c_ends_with_whole_files_and_code_130(capsys, folder, tmp_path, loaded, monkeypatch):
    for index in range(100):
        Image.new("RGB", (20, 20), "gray").save(folder / f"many{index}.png")
    real_run, asked = Restorer.run, threading.Event()

    def run_and_interrupt(*arguments):
        if not asked.is_set():
            asked.set()
            os.kill(os.getpid(), signal.SIGINT)
        return real_run(*arguments)

    monkeypatch.setattr(Restorer, "run", run_and_interrupt)
    code, told = run(capsys, folder, "-o", tmp_path / "out", "--device", "cpu", "--aligned")
    assert code == 130
    summary, last = told.splitlines()
    assert " left in " in summary and last == "interrupted"
    made = list((tmp_path / "out").iterdir())
    assert 0 < len(made) < 104
    assert summary.startswith(f"{len(made)} restored, {104 - len(made)} left in ")
    assert all(read_any(path).pixels.shape == (128, 128, 3) for path in made)
    code, told = run(capsys, folder, "-o", tmp_path / "out", "--device", "cpu")
    assert code == 0 and f"{len(made)} skipped as done" in told


def test_progress_has_rate_and_time_left(capsys, folder, tmp_path, loaded, monkeypatch):
    monkeypatch.setattr("fcsrlib.cli.restore._LINE_SECONDS", 0.0)
    _, told = run(capsys, folder, "-o", tmp_path / "out", "--device", "cpu", "--aligned")
    lines = told.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("1/4, ") and "images/s, " in lines[0]
    assert lines[3].startswith("4/4, ") and lines[3].endswith(", 0 s left")


@pytest.fixture
def photo(tmp_path):
    """Write a photograph with a green mouth, turned by its EXIF orientation; return its pixels."""
    noise = np.random.default_rng(0).integers(60, 190, (24, 32, 3), np.uint8)
    pixels = np.asarray(Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC)).copy()
    pixels[110:130, 85:115] = (0, 255, 0)
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray(np.rot90(pixels, -1)).save(tmp_path / "photo.png", exif=exif)
    return pixels


def test_a_photograph_with_named_eyes_is_restored_upright(capsys, photo, tmp_path, loaded):
    out = tmp_path / "out" / "photo.png"
    arguments = [tmp_path / "photo.png", "-o", out, "--device", "cpu", "--mask", "color:#00ff00"]
    arguments += ["--eyes", "89,102,111,102"]
    code, told = run(capsys, *arguments, "--compare")
    assert code == 0 and told.startswith("note: 1 of 1 face restored")
    made, hidden = read_any(out).pixels, (photo == (0, 255, 0)).all(2)
    assert np.array_equal(made[~hidden], photo[~hidden])
    assert not (made[hidden] == (0, 255, 0)).all(1).any()
    assert read_any(tmp_path / "out" / "photo.png.compare.png").pixels.shape == (300, 802, 3)
    assert run(capsys, *arguments)[1].startswith("1 skipped as done")
    code, told = run(capsys, *arguments, "--force", "--enlarge", 2)
    assert code == 0 and read_any(out).pixels.shape == (600, 800, 3)


def test_a_photograph_without_the_extra_is_named_and_the_code_is_three(
    capsys, photo, folder, tmp_path, loaded, monkeypatch
):
    (tmp_path / "photo.png").rename(folder / "photo.png")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *_: None if name == "dlib" else find_spec(name)
    )
    code, told = run(capsys, folder, "-o", tmp_path / "out", "--device", "cpu")
    first, *_, last = told.splitlines()
    assert code == 3 and last.startswith("4 restored, 1 failed in ")
    assert first.startswith(f"failed: {folder / 'photo.png'}: ")
    assert "pip install 'fcsrlib[photo]'; or give --aligned" in first


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--eyes", "1,2,3"], "error: --eyes is '1,2,3'; expected X,Y,X,Y in pixels"),
        (["--eyes", "left"], "error: --eyes is 'left'; expected X,Y,X,Y in pixels"),
        (["--eyes", "1,2,3,4"], "error: --eyes is given for 4 images; expected one photograph."),
        (["--aligned", "--enlarge", 2], "error: --enlarge and --eyes are for photographs"),
    ],
)
def test_flags_that_do_not_fit_are_one_line_and_code_two(
    capsys, folder, tmp_path, arguments, message
):
    code, told = run(capsys, folder, "-o", tmp_path / "out", *arguments)
    assert code == 2 and told.splitlines()[-1].startswith(message)
