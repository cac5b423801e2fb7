"""A face prior is trained, resumed, shown and measured by the loop that trains FCSR-GAN."""

import json

import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.evaluation import measure
from fcsrlib.models.weights import load_part_weights
from fcsrlib.testing.toy import ToyFacePrior

STAGE = dict(
    name="prior",
    iters=6,
    train=["face_prior"],
    losses=[dict(type="FacePriorLoss", name="face_prior", inputs=dict(priors="target_priors"))],
)


def make_config(toy_run):
    config = toy_run.make_config([STAGE])
    config.pop("scale")
    config.model = dict(
        type="FacePriorModel",
        face_prior=dict(type="ToyFacePrior"),
        data_preprocessor=dict(type="FacePreprocessor", heatmap_side=16),
    )
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.dataset.pipeline = []
    config.val_evaluator = config.test_evaluator = dict(type="PriorAccuracy", eye_corners=(0, 1))
    return config


def test_it_learns_shows_itself_and_leaves_weights_that_the_loss_can_use(toy_run, tmp_path):
    runner = train(make_config(toy_run), work_dir=tmp_path)

    report = json.loads((tmp_path / "metrics.json").read_text())
    assert {"landmark_error", "parsing_miou"} <= set(report["final"])
    assert (tmp_path / "previews" / "latest.png").is_file()
    fresh = ToyFacePrior()
    load_part_weights(fresh, tmp_path / "checkpoints" / "prior.pth", "face_prior")
    hook = next(hook for hook in runner.hooks if hasattr(hook, "_average"))
    average = {n.removeprefix("face_prior."): t for n, t in hook._average.items()}
    assert all(torch.equal(tensor, average[n]) for n, tensor in fresh.state_dict().items())


def test_resumed_in_the_middle_equals_uninterrupted(toy_run, tmp_path):
    whole = toy_run.describe(train(make_config(toy_run), work_dir=tmp_path))
    for name in ("iter_6.pth", "prior.pth"):
        (tmp_path / "checkpoints" / name).unlink()
    toy_run.forget_runs()
    resumed = toy_run.describe(train(make_config(toy_run), work_dir=tmp_path, resume=True))
    assert resumed["weights"] == whole["weights"] and resumed["average"] == whole["average"]


def test_a_checkpoint_is_measured_as_its_run_measured_it(toy_run, tmp_path):
    runner = train(make_config(toy_run), work_dir=tmp_path)
    path = tmp_path / "checkpoints" / "prior.pth"
    expected = runner.train_loop.scores[-1]["figures"]
    toy_run.forget_runs()
    figures = measure(make_config(toy_run), path)["figures"]
    assert figures == pytest.approx(expected, nan_ok=True, abs=1e-9)
    assert (tmp_path / "checkpoints" / "prior.pth.test" / "sheet.png").is_file()
