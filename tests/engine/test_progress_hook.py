import json
import re
from types import SimpleNamespace

import pytest
import torch

from fcsrlib.engine import progress_hook, train
from fcsrlib.engine.progress_hook import _clock, _ConsoleStream


@pytest.fixture
def lines(toy_run, tmp_path, capfd):
    train(toy_run.make_config(), work_dir=tmp_path)
    return "".join(capfd.readouterr()).splitlines()


def test_a_line_tells_stage_iteration_rate_time_left_and_losses(lines):
    found = [line for line in lines if "images/s" in line]
    heads = [line.split(" - INFO - ")[1].split("  ")[0] for line in found]
    assert heads == [
        f"{name} {i}/4" for name in ("completion", "restoration", "joint") for i in (2, 4)
    ]
    pattern = r"[\d.]+ images/s  0:00 left in stage  fc_pixel [\d.]+  loss [\d.]+$"
    assert re.search(pattern, found[0])


def test_scalars_are_written_for_other_tools(toy_run, tmp_path):
    train(toy_run.make_config(), work_dir=tmp_path)
    path = next(tmp_path.glob("*/vis_data/scalars.json"))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    steps = [row["step"] for row in rows if "train/loss" in row]
    assert steps == [2, 4, 6, 8, 10, 12]
    assert [row["step"] for row in rows if "val/lr_psnr" in row] == [0, 4, 4, 8, 12]


def test_time_is_laid_out_by_hand():
    assert [_clock(s) for s in (0.2, 59.6, 61, 3600, 36061)] == [
        "0:00",
        "1:00",
        "1:01",
        "1:00:00",
        "10:01:01",
    ]


def test_log_lines_are_printed_above_the_bar_without_markup():
    class Console:
        printed = []

        def print(self, text, **options):
            self.printed.append((text, options["markup"]))

    stream = _ConsoleStream(Console())
    stream.write("[bold] is a file\n")
    stream.write("\n")
    assert Console.printed == [("[bold] is a file", False)]


def test_a_stage_end_is_told_however_little_time_has_passed(toy_run, tmp_path, capfd):
    config = toy_run.make_config()
    for hook in config.custom_hooks:
        if hook.type == "ProgressHook":
            hook.min_seconds = 1000
    train(config, work_dir=tmp_path)
    found = [line for line in "".join(capfd.readouterr()).splitlines() if "images/s" in line]
    assert [re.search(r"(\d)/4", line)[1] for line in found] == ["4", "4", "4"]


def test_validation_does_not_count_as_training_time(monkeypatch):
    clock = iter([0.0, 1.0, 11.0, 12.0])  # start, validation from 1 to 11, end
    monkeypatch.setattr(progress_hook.time, "perf_counter", lambda: next(clock))
    stage = SimpleNamespace(name="completion", iters=9)
    runner = SimpleNamespace(train_loop=SimpleNamespace(locate=lambda: (stage, 0)))
    hook = progress_hook.ProgressHook()
    hook.before_train_iter(runner, 0)
    hook.before_val(runner)
    hook.after_val(runner)
    hook.after_train_iter(runner, 0, outputs={"loss": torch.zeros(())})
    assert hook._since == 2.0
