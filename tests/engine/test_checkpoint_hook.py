import pytest
import torch

from fcsrlib.engine import StageCheckpointHook, train
from fcsrlib.errors import ConfigError, FCSRError
from fcsrlib.models.weights import read_checkpoint


def list_names(tmp_path):
    return sorted(path.name for path in (tmp_path / "checkpoints").iterdir())


def test_stages_are_kept_and_of_the_numbered_ones_the_newest(toy_run, tmp_path):
    train(toy_run.make_config(), work_dir=tmp_path)
    # Written after 3, 4, 6, 8, 9 and 12 iterations, of which keep=2 leaves the last two.
    stages = ["completion.pth", "joint.pth", "restoration.pth"]
    assert list_names(tmp_path) == [*stages[:1], "iter_12.pth", "iter_9.pth", *stages[1:]]


def test_a_stages_checkpoint_says_what_it_is_but_holds_no_optimisers(toy_run, tmp_path):
    train(toy_run.make_config(), work_dir=tmp_path, seed=7)
    stored = read_checkpoint(tmp_path / "checkpoints" / "completion.pth")
    assert set(stored) == {"meta", "state_dict", "ema_state_dict"}
    meta = stored["meta"]
    assert (meta["iterations"], meta["seed"], meta["restores"]) == (4, 7, False)
    assert meta["schedule"] == [["completion", 4], ["restoration", 4], ["joint", 4]]
    assert "ToyFC" in meta["config"]
    later = read_checkpoint(tmp_path / "checkpoints" / "restoration.pth")
    assert later["meta"]["restores"]


def test_a_diverged_model_is_not_saved_and_the_last_good_one_named(toy_run, tmp_path):
    def poison(runner, *_):
        if runner.iter == 6:
            weight = next(runner.train_loop.model.generator.sr.parameters())
            weight.data.fill_(float("nan"))

    config = toy_run.make_config(**{"val_dataloader": None, "val_cfg": None})
    config.val_evaluator = None
    runner = toy_run.make_runner(config, tmp_path)
    runner.register_hook(toy_run.Watch(after=poison))
    message = (
        r"training diverged: loss_sr_pixel, .*loss not finite at iteration 8; the last good "
        r"checkpoint is .*iter_6.pth. Lower the learning rate and --resume"
    )
    with pytest.raises(FCSRError, match=message):
        runner.train()
    assert "restoration.pth" not in list_names(tmp_path)
    state = read_checkpoint(tmp_path / "checkpoints" / "iter_6.pth")["state_dict"]
    assert all(torch.isfinite(tensor).all() for tensor in state.values())


@pytest.mark.parametrize("arguments", [dict(interval_iters=0), dict(keep=0)])
def test_impossible_intervals_are_refused(arguments):
    with pytest.raises(ConfigError, match="StageCheckpointHook has .*expected 1 or more of both"):
        StageCheckpointHook(**arguments)
