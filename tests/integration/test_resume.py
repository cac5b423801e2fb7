"""A run that was interrupted and resumed ends as one that was not, bit by bit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fcsrlib.cli.errors import run_or_explain
from fcsrlib.engine import train

ROOT = Path(__file__).parents[2]
TOY_RUN = ROOT / "tests" / "toy_run.py"


@pytest.fixture(scope="module")
def uninterrupted(toy_run_module, tmp_path_factory):
    """Describe the end of a run that nothing stopped."""
    with toy_run_module.registered_toys():
        runner = train(toy_run_module.make_config(), work_dir=tmp_path_factory.mktemp("whole"))
    toy_run_module.forget_runs()
    return toy_run_module.describe(runner)


def start(order, **options):
    """Start a toy run as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(TOY_RUN), json.dumps(order)]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(command, env=environment, **pipes, **options)


@pytest.mark.parametrize("num_workers", [0, 1])
@pytest.mark.parametrize(
    ("iteration", "stage"), [(2, "completion"), (4, "restoration"), (10, "joint")]
)
def test_stopped_and_resumed_equals_uninterrupted(
    toy_run, tmp_path, uninterrupted, iteration, stage, num_workers, capfd
):
    config = toy_run.make_config(num_workers=num_workers)
    number = signal.SIGTERM if num_workers else signal.SIGINT
    config.custom_hooks.append(dict(type="SignalHook", iteration=iteration, number=int(number)))
    assert run_or_explain(lambda: train(config, work_dir=tmp_path) and 0) == 130
    assert (tmp_path / "checkpoints" / f"iter_{iteration}.pth").is_file()
    assert f"saved iter_{iteration}.pth; continue with" in "".join(capfd.readouterr())
    toy_run.forget_runs()

    stages = []
    runner = toy_run.make_runner(
        toy_run.make_config(num_workers=num_workers), tmp_path, resume=True
    )
    runner.register_hook(
        toy_run.Watch(before=lambda r: stages.append(r.train_loop.model.stage.name))
    )
    runner.train()
    assert stages[0] == stage and len(stages) == 12 - iteration
    assert toy_run.describe(runner) == uninterrupted


def test_signal_handlers_are_put_back(toy_run, tmp_path):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    train(toy_run.make_config(toy_run.FC_ONLY), work_dir=tmp_path)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_killed_and_resumed_equals_uninterrupted(toy_run, tmp_path, uninterrupted):
    order = dict(
        config=dict(num_workers=1),
        hooks=[dict(type="SignalHook", iteration=11, number=int(signal.SIGKILL))],
        train=dict(work_dir=str(tmp_path / "run")),
        result=str(tmp_path / "never"),
    )
    with start(order, cwd=tmp_path) as process:
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    config = toy_run.make_config(num_workers=1)
    runner = train(config, work_dir=tmp_path / "run", resume=True)
    assert toy_run.describe(runner) == uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_reaches_workers_too_and_still_saves(tmp_path, number):
    order = dict(
        config=dict(num_workers=1, **{"train_cfg.stages.0.iters": 100_000}),
        train=dict(work_dir=str(tmp_path / "run")),
        result=str(tmp_path / "never"),
    )
    with start(order, cwd=tmp_path, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("run/checkpoints/iter_*.pth")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors == "interrupted\n"
    newest = max(int(p.stem[5:]) for p in tmp_path.glob("run/checkpoints/iter_*.pth"))
    assert f"stopped after {newest} of 100008 iterations" in output


def test_a_finished_run_resumed_changes_nothing(toy_run, tmp_path, uninterrupted):
    train(toy_run.make_config(), work_dir=tmp_path)
    toy_run.forget_runs()
    runner = train(toy_run.make_config(), work_dir=tmp_path, resume=True)
    assert toy_run.describe(runner) == uninterrupted


def test_resuming_in_an_empty_folder_starts_from_zero(toy_run, tmp_path, uninterrupted):
    runner = train(toy_run.make_config(), work_dir=tmp_path, resume=True)
    assert toy_run.describe(runner) == uninterrupted
