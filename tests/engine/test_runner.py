import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.errors import CheckpointError, ConfigError
from fcsrlib.models.weights import read_checkpoint


@pytest.fixture
def finished(toy_run, tmp_path):
    """Return the folder of a run of the first two stages."""
    train(toy_run.make_config(toy_run.STAGES[:2]), work_dir=tmp_path)
    toy_run.forget_runs()
    return tmp_path


def keep_only(folder, name):
    for path in (folder / "checkpoints").glob("iter_*.pth"):
        if path.name != name:
            path.unlink()


def test_a_truncated_newest_checkpoint_resumes_from_the_one_before(toy_run, finished, capfd):
    newest = finished / "checkpoints" / "iter_8.pth"
    whole = read_checkpoint(newest)
    newest.write_bytes(newest.read_bytes()[:1000])
    runner = train(toy_run.make_config(toy_run.STAGES[:2]), work_dir=finished, resume=True)
    output = "".join(capfd.readouterr())
    assert "iter_8.pth is damaged" in " ".join(output.split())
    assert "iter_6.pth after 6 iterations" in " ".join(output.split())
    assert toy_run.digest_state(whole["state_dict"]) == toy_run.describe(runner)["weights"]


def test_a_schedule_can_be_extended_but_its_past_cannot_be_changed(toy_run, finished):
    longer = train(toy_run.make_config(), work_dir=finished, resume=True)
    assert longer.iter == 12 and longer.train_loop.scores[-1]["label"] == "joint end"
    toy_run.forget_runs()
    first = dict(toy_run.STAGES[0], iters=5)
    with pytest.raises(ConfigError, match=r"trained by the schedule \[\['completion', 4\]"):
        train(toy_run.make_config([first, *toy_run.STAGES[1:]]), work_dir=finished, resume=True)


@pytest.mark.parametrize("change", [dict(iters=1), dict(name="other")])
def test_a_stage_that_would_not_hold_the_iteration_is_refused(toy_run, finished, change):
    keep_only(finished, "iter_6.pth")
    stages = [toy_run.STAGES[0], dict(toy_run.STAGES[1], **change), toy_run.STAGES[2]]
    message = "stands after 2 iterations of stage 'restoration', which the config's schedule"
    with pytest.raises(ConfigError, match=message):
        train(toy_run.make_config(stages), work_dir=finished, resume=True)


def test_a_checkpoint_of_another_network_is_refused_with_the_differences(toy_run, finished):
    config = toy_run.make_config(**{"model.generator.fc.channels": 6})
    message = r"iter_8.pth is of another network than FCSRGAN .*\d+ of another shape \(generator.fc"
    with pytest.raises(CheckpointError, match=message):
        train(config, work_dir=finished, resume=True)


def test_a_checkpoint_of_another_optimiser_is_refused(toy_run, finished):
    config = toy_run.make_config()
    config.optim_wrapper.paramwise_cfg = dict(bias_lr_mult=2.0)
    with pytest.raises(CheckpointError, match="iter_8.pth has another optimiser for fc"):
        train(config, work_dir=finished, resume=True)


@pytest.mark.parametrize("cut", ["optimizers", "meta"])
def test_a_file_without_what_resuming_needs_is_refused(toy_run, finished, cut):
    path = finished / "checkpoints" / "iter_8.pth"
    stored = read_checkpoint(path)
    del stored[cut]
    torch.save(stored, path)
    with pytest.raises(CheckpointError, match=f"iter_8.pth cannot be resumed: it lacks '{cut}'"):
        train(toy_run.make_config(), work_dir=finished, resume=True)


def test_another_seed_is_warned_of(toy_run, finished, capfd):
    train(toy_run.make_config(toy_run.STAGES[:2]), work_dir=finished, resume=True, seed=3)
    output = " ".join("".join(capfd.readouterr()).split())
    assert "the run began with seed 0 and continues with 3" in output


def test_load_from_takes_the_trained_weights_and_starts_at_zero(toy_run, finished):
    path = finished / "checkpoints" / "restoration.pth"
    stages = [dict(toy_run.STAGES[2], iters=0)]
    config = toy_run.make_config(stages, load_from=str(path))
    runner = train(config, work_dir=finished / "next")
    assert runner.iter == 0
    state = read_checkpoint(path)["state_dict"]
    assert toy_run.describe(runner)["weights"] == toy_run.digest_state(state)


def test_resuming_a_given_file_continues_it_elsewhere(toy_run, finished):
    path = finished / "checkpoints" / "iter_6.pth"
    config = toy_run.make_config(toy_run.STAGES[:2], load_from=str(path))
    runner = train(config, work_dir=finished / "next", resume=True)
    whole = read_checkpoint(finished / "checkpoints" / "iter_8.pth")
    assert toy_run.describe(runner)["weights"] == toy_run.digest_state(whole["state_dict"])


def test_the_config_is_laid_out_once_for_all_checkpoints(toy_run, tmp_path, monkeypatch):
    from mmengine.config import Config

    calls = []
    monkeypatch.setattr(Config, "pretty_text", property(lambda config: calls.append(1) or "c = 1"))
    train(toy_run.make_config(), work_dir=tmp_path)
    before_training = 4  # MMEngine's own
    assert len(calls) <= before_training + 1
