"""Two processes train as one model, and measure what one process measures."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.evaluation import measure
from fcsrlib.models.weights import read_checkpoint
from fcsrlib.testing.toy import ToyFacePrior

ROOT = Path(__file__).parents[2]


def start(order, cwd):
    """Start a toy run as two processes under torchrun."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*launcher, str(ROOT / "tests" / "toy_run.py"), json.dumps(order)]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True, **pipes)


def make_stages(toy_run):
    """Return the toy stages after one that no BatchNorm takes part in."""
    losses = [term for term in toy_run.SR_TERMS if term["name"] == "disc"]
    return [dict(name="critic", iters=2, train=["discriminator"], losses=losses), *toy_run.STAGES]


def make_evaluators(folder):
    """Return metrics of every kind; a face prior that counts for one is in ``folder``."""
    prior = dict(type="ToyFacePrior", weights=str(folder / "prior.pth"))
    return [
        dict(type="ImageQuality", with_baselines=False),
        dict(type="PerceptualDistance", layers=["conv1_2"], device="cpu"),
        dict(type="FaceAccuracy", face_prior=prior, device="cpu"),
    ]


@pytest.fixture(scope="module")
def two(toy_run_module, tmp_path_factory):
    """Run four stages of two micro-batches each in two processes."""
    folder = tmp_path_factory.mktemp("two")
    priors = tmp_path_factory.mktemp("priors")
    torch.manual_seed(0)
    torch.save(ToyFacePrior().state_dict(), priors / "prior.pth")
    order = dict(
        config={
            "stages": make_stages(toy_run_module),
            "train_cfg.accumulate": 2,
            "train_dataloader.batch_size": 2,
            "val_evaluator": make_evaluators(priors),
        },
        train=dict(work_dir=str(folder / "run"), launcher="pytorch"),
        result=str(folder / "result"),
    )
    with start(order, folder) as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    results = [json.loads((folder / f"result.{rank}").read_text()) for rank in (0, 1)]
    return folder, results, make_evaluators(priors)


def test_both_hold_the_same_model_after_every_kind_of_stage(two):
    _, (first, second), _ = two
    assert first == second
    assert first["iterations"] == 14


def test_two_by_two_micro_batches_of_two_equal_one_batch_of_eight(two, toy_run, tmp_path):
    config = toy_run.make_config(stages=make_stages(toy_run)[:1])
    config.train_dataloader.batch_size = 8
    train(config, work_dir=tmp_path)
    ours, theirs = (
        read_checkpoint(run / "checkpoints" / "critic.pth")["state_dict"]
        for run in (tmp_path, two[0] / "run")
    )
    moved = [name for name in ours if name.startswith("discriminator.")]
    assert moved and all(torch.allclose(ours[n], theirs[n], atol=1e-6) for n in moved)


def test_they_measure_what_one_process_measures(two, toy_run, tmp_path):
    folder, (first, _), evaluators = two
    figures = first["scores"][-1]["figures"]
    assert figures["num_images"] == 5  # of which one process saw three, the other two
    assert {"psnr", "perceptual", "landmark_error", "parsing_miou"} <= set(figures)
    config = toy_run.make_config(test_evaluator=evaluators)
    alone = measure(config, folder / "run" / "checkpoints" / "joint.pth", out=tmp_path)
    # Networks that measure are in single precision, whose last bits vary with the batch.
    assert alone["figures"] == pytest.approx(figures, rel=1e-7, nan_ok=True)


def test_only_the_work_folder_is_written_to(two):
    folder, _, _ = two
    assert sorted(path.name for path in folder.iterdir()) == ["result.0", "result.1", "run"]


def test_ctrl_c_under_torchrun_saves_before_it_stops(tmp_path):
    order = dict(
        config={"train_cfg.stages.0.iters": 100_000},
        train=dict(work_dir=str(tmp_path / "run"), launcher="pytorch"),
        result=str(tmp_path / "never"),
    )
    with start(order, tmp_path) as process:
        deadline = time.monotonic() + 90
        while not list(tmp_path.glob("run/checkpoints/iter_*.pth")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    newest = max(int(p.stem[5:]) for p in tmp_path.glob("run/checkpoints/iter_*.pth"))
    assert f"stopped after {newest} of 100008 iterations" in output
