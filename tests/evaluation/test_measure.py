import hashlib
import json

import cv2
import numpy as np
import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.errors import CheckpointError, ConfigError, DataError
from fcsrlib.evaluation import measure
from fcsrlib.models.weights import read_checkpoint


@pytest.fixture(scope="module")
def checkpoints(toy_run_module, tmp_path_factory):
    """Return the checkpoints' folder and the scores of a finished run."""
    folder = tmp_path_factory.mktemp("measured")
    with toy_run_module.registered_toys():
        runner = train(toy_run_module.make_config(), work_dir=folder)
    toy_run_module.forget_runs()
    return folder / "checkpoints", runner.train_loop.scores


def test_figures_and_a_sheet_are_written(toy_run, checkpoints, tmp_path):
    path = checkpoints[0] / "joint.pth"
    result = measure(toy_run.make_config(), path, out=tmp_path / "out")
    stored = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert stored == result
    assert stored["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert stored["iterations"] == 12
    assert stored["protocol"][0].startswith("RGB, crop 0 px")
    assert stored["holes"][0]["type"] == "DrawHole" and stored["holes"][0]["side"] == 8
    sheet = cv2.imread(str(tmp_path / "out" / "sheet.png"))
    assert sheet.shape == (22 + 5 * 34, 5 * 34, 3)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["metrics.json", "sheet.png"]


def test_it_measures_what_the_run_itself_measured_at_its_end(toy_run, checkpoints, tmp_path):
    folder, scores = checkpoints
    for name, label in (("restoration.pth", "restoration end"), ("joint.pth", "joint end")):
        result = measure(toy_run.make_config(), folder / name, out=tmp_path)
        expected = next(one["figures"] for one in scores if one["label"] == label)
        assert result["figures"] == pytest.approx(expected, abs=1e-9)
        toy_run.forget_runs()


def test_a_completion_checkpoint_is_measured_at_low_resolution_only(toy_run, checkpoints, tmp_path):
    result = measure(toy_run.make_config(), checkpoints[0] / "completion.pth", out=tmp_path)
    assert {"lr_psnr", "lr_hole_psnr"} <= set(result["figures"])
    assert not {"psnr", "mssim", "hole_psnr"} & set(result["figures"])
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] == 4 * 34


def test_the_average_is_measured_not_the_weights_it_was_made_of(toy_run, checkpoints, tmp_path):
    stored = read_checkpoint(checkpoints[0] / "joint.pth")
    only_average = {"state_dict": stored["ema_state_dict"], "meta": stored["meta"]}
    torch.save(only_average, tmp_path / "average.pth")
    torch.save({**stored, "ema_state_dict": {}}, tmp_path / "raw.pth")
    figures = []
    for path in (checkpoints[0] / "joint.pth", tmp_path / "average.pth", tmp_path / "raw.pth"):
        figures.append(measure(toy_run.make_config(), path, out=tmp_path)["figures"])
        toy_run.forget_runs()
    assert figures[0] == figures[1] != figures[2]


def test_results_lie_beside_the_checkpoint_unless_told_otherwise(toy_run, checkpoints, tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes((checkpoints[0] / "joint.pth").read_bytes())
    measure(toy_run.make_config(), path)
    assert {p.name for p in (tmp_path / "a.pth.test").iterdir()} == {"metrics.json", "sheet.png"}


def test_images_that_do_not_decode_are_left_out(toy_run, checkpoints, tmp_path):
    config = toy_run.make_config()
    config.test_dataloader.dataset.source.bad = [1]
    assert measure(config, checkpoints[0] / "joint.pth", out=tmp_path)["figures"]["num_images"] == 4


def make_wrong(toy_run, checkpoints, tmp_path, kind):
    """Return config, checkpoint and expected error of something that cannot be measured."""
    config, path = toy_run.make_config(), checkpoints[0] / "joint.pth"
    if kind == "network":
        config.model.generator.fc.channels = 6
        return config, path, CheckpointError, "is of another network than FCSRGenerator"
    if kind == "damage":
        damaged = tmp_path / "damaged.pth"
        damaged.write_bytes(path.read_bytes()[:5000])
        return config, damaged, CheckpointError, "damaged.pth is damaged or no checkpoint"
    if kind == "absence":
        return config, tmp_path / "none.pth", CheckpointError, "no checkpoint at"
    if kind == "data":
        config.test_dataloader.dataset.source.bad = [0, 1, 2, 3, 4]
        toy_run.get_hook(config, "SkippedImagesHook").limit = 9
        return config, path, DataError, "no face could be measured on the config's own faces"
    config.test_dataloader = None
    return config, path, ConfigError, "the config has no test_dataloader"


@pytest.mark.parametrize("kind", ["network", "damage", "absence", "data", "config"])
def test_what_cannot_be_measured_is_refused_and_nothing_written(
    toy_run, checkpoints, tmp_path, kind
):
    config, path, error, message = make_wrong(toy_run, checkpoints, tmp_path, kind)
    with pytest.raises(error, match=message):
        measure(config, path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_more_images_than_there_are_are_not_pretended(toy_run, checkpoints, tmp_path):
    for number in range(10):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((144, 144, 3), number, np.uint8))
    options = dict(data_root=tmp_path, out=tmp_path / "out", max_images=11)
    with pytest.raises(DataError, match="--max-images is 11, but there are .* ask for fewer"):
        measure(toy_run.make_config(), checkpoints[0] / "joint.pth", **options)
    assert not (tmp_path / "out").exists()
