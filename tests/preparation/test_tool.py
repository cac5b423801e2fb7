import runpy
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs the tool in this process and returns its exit code."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["prepare_data.py", *map(str, arguments)])
        tool = runpy.run_path(str(ROOT / "tools" / "prepare_data.py"))
        # Tuning and signals are for a process of its own, not for the tests'.
        monkeypatch.setattr("fcsrlib.cli.tool.tune_process", lambda: None)
        before = signal.getsignal(signal.SIGTERM)
        try:
            return tool["main"]()
        finally:
            signal.signal(signal.SIGTERM, before)

    return run


def test_a_usable_data_set_is_checked_packed_and_drawn_with_exit_code_0(
    run, celeba, tmp_path, capsys
):
    assert run("check", celeba.root, "--workers", 1) == 0
    assert f"{celeba.root} is usable" in capsys.readouterr().out
    arguments = ("--workers", 1, "--splits", "val", "--codec", "png", "--max-images", 1)
    assert run("pack", celeba.root, tmp_path / "pack", *arguments) == 0
    assert (tmp_path / "pack" / "faces_val.safetensors").is_file()
    assert not (tmp_path / "pack" / "faces_train.safetensors").exists()
    assert "162770 would take" in capsys.readouterr().out
    sheet = tmp_path / "sheet.png"
    assert run("preview", tmp_path / "pack", "-o", sheet, "--split", "val", "--count", 5) == 0
    assert sheet.is_file()


def test_an_unusable_data_set_is_explained_in_one_line_with_exit_code_2(run, celeba, capsys):
    celeba.image_path("000001.jpg").unlink()
    assert run("check", celeba.root, "--workers", 1) == 2
    printed = capsys.readouterr().err
    assert "000001.jpg" in printed and printed.startswith("error: ") and printed.count("\n") == 1


def test_sigterm_is_an_interruption_like_ctrl_c(run, celeba, monkeypatch, capsys):
    def stop(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("fcsrlib.preparation.check", stop)
    assert run("check", celeba.root) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("command", ["landmarks", "parsing"])
def test_labelling_by_weights_that_are_not_there_is_explained(
    run, celeba, tmp_path, capsys, command
):
    arguments = ("--face-prior", "no_prior", "--workers", 1)
    assert run(command, celeba.root, tmp_path / "out", *arguments) == 2
    assert "'no_prior' is no file and no released model" in capsys.readouterr().err
    config = ROOT / "configs" / "priors" / "compact_mixed.py"
    arguments = ("--face-prior", config, tmp_path / "none.pth", "--no-mirror", "--workers", 1)
    assert run(command, celeba.root, tmp_path / "out", *arguments) == 2
    assert "no checkpoint at" in capsys.readouterr().err


def test_align_refuses_what_is_aligned(run, celeba, tmp_path, capsys):
    assert run("align", celeba.root, tmp_path / "out", "--workers", 1) == 2
    assert "is aligned already" in capsys.readouterr().err
