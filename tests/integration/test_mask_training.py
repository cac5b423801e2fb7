"""A mask network is trained, resumed, shown and measured by the loop that trains FCSR-GAN."""

import json

import pytest

from fcsrlib.engine import train
from fcsrlib.evaluation import measure
from fcsrlib.models import MaskNet
from fcsrlib.models.weights import load_part_weights

STAGE = dict(
    name="mask",
    iters=6,
    train=["occlusion"],
    losses=[dict(type="MaskLoss", name="mask")],
    lr=1e-2,
)
SMALL = dict(channels=(4, 4, 4, 4), num_blocks=(1, 1, 1, 1), edge_channels=4)


def make_config(toy_run):
    config = toy_run.make_config([STAGE])
    config.pop("scale")
    config.model = dict(type="OcclusionModel", occlusion=dict(type="MaskNet", **SMALL))
    occluder = dict(type="DrawOccluder", probability=0.75)
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.dataset.pipeline = [occluder]
    config.val_evaluator = config.test_evaluator = dict(type="MaskAccuracy")
    return config


def test_it_learns_shows_itself_and_leaves_weights(toy_run, tmp_path):
    runner = train(make_config(toy_run), work_dir=tmp_path)
    report = json.loads((tmp_path / "metrics.json").read_text())
    assert {"mask_iou", "false_area"} <= set(report["final"])
    assert (tmp_path / "previews" / "latest.png").is_file()
    load_part_weights(MaskNet(**SMALL), tmp_path / "checkpoints" / "mask.pth", "occlusion")
    losses = runner.train_loop.scores
    assert [score["label"] for score in losses] == ["mask start", "mask end"]


def test_resumed_in_the_middle_equals_uninterrupted(toy_run, tmp_path):
    whole = toy_run.describe(train(make_config(toy_run), work_dir=tmp_path))
    for name in ("iter_6.pth", "mask.pth"):
        (tmp_path / "checkpoints" / name).unlink()
    toy_run.forget_runs()
    resumed = toy_run.describe(train(make_config(toy_run), work_dir=tmp_path, resume=True))
    assert resumed["weights"] == whole["weights"] and resumed["average"] == whole["average"]


def test_a_checkpoint_is_measured_as_its_run_measured_it(toy_run, tmp_path):
    runner = train(make_config(toy_run), work_dir=tmp_path)
    path = tmp_path / "checkpoints" / "mask.pth"
    expected = runner.train_loop.scores[-1]["figures"]
    toy_run.forget_runs()
    figures = measure(make_config(toy_run), path)["figures"]
    assert figures == pytest.approx(expected, nan_ok=True, abs=1e-9)
    assert (tmp_path / "checkpoints" / "mask.pth.test" / "sheet.png").is_file()
