import cv2
import pytest

from fcsrlib.engine import PreviewHook, train
from fcsrlib.errors import ConfigError


def run(toy_run, tmp_path, interval, num_faces, has_validation=True):
    changes = {} if has_validation else {"val_dataloader": None, "val_cfg": None}
    config = toy_run.make_config(**changes)
    if not has_validation:
        config.val_evaluator = None
    hook = toy_run.get_hook(config, "PreviewHook")
    hook.interval_iters, hook.num_faces = interval, num_faces
    train(config, work_dir=tmp_path)
    return {path.stem: cv2.imread(str(path)) for path in sorted((tmp_path / "previews").iterdir())}


def test_pictures_are_written_at_intervals_and_at_the_ends_of_stages(toy_run, tmp_path):
    pictures = run(toy_run, tmp_path, interval=5, num_faces=2)
    numbers = {4: "completion", 5: "restoration", 8: "restoration", 10: "joint", 12: "joint"}
    assert set(pictures) == {f"{n:07d}_{stage}" for n, stage in numbers.items()} | {"latest"}
    assert (pictures["latest"] == pictures["0000012_joint"]).all()
    # Two faces of 32 px; masked, completed, (coarse, restored,) target.
    assert pictures["0000004_completion"].shape == (22 + 2 * 34, 4 * 34, 3)
    assert pictures["0000012_joint"].shape == (22 + 2 * 34, 5 * 34, 3)


def test_it_shows_the_same_faces_with_the_same_holes_every_time(toy_run, tmp_path):
    pictures = run(toy_run, tmp_path, interval=5, num_faces=2)
    masked = [pictures[name][22:, :34] for name in ("0000005_restoration", "0000012_joint")]
    assert (masked[0] == masked[1]).all()


def test_without_validation_data_it_shows_the_training_batch(toy_run, tmp_path):
    pictures = run(toy_run, tmp_path, interval=5, num_faces=99, has_validation=False)
    assert pictures["latest"].shape[0] == 22 + 4 * 34


@pytest.mark.parametrize("arguments", [dict(interval_iters=0), dict(num_faces=0)])
def test_impossible_numbers_are_refused(arguments):
    with pytest.raises(ConfigError, match="PreviewHook has .*expected 1 or more of both"):
        PreviewHook(**arguments)
