import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.registry import FACE_PRIORS


def find_rates(runner):
    return {k: [g["lr"] for g in w.param_groups] for k, w in runner.optim_wrapper.items()}


def test_rates_of_parts_follow_warmup_and_their_own_settings(toy_run, tmp_path):
    stage = dict(
        toy_run.STAGES[1], iters=6, warmup_iters=2, lr=dict(discriminator=4e-4), decay="linear"
    )
    config = toy_run.make_config(
        [stage], **{"optim_wrapper.parts": dict(face_prior=dict(optimizer=dict(lr=2e-3)))}
    )
    seen = []
    runner = toy_run.make_runner(config, tmp_path)
    runner.register_hook(toy_run.Watch(before=lambda r: seen.append(find_rates(r))))
    runner.train()
    shape = [0.5, 1, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    for part, rate in (("sr", 1e-3), ("discriminator", 4e-4), ("face_prior", 2e-3)):
        got = torch.tensor([one[part][0] for one in seen])
        assert torch.allclose(got, rate * torch.tensor(shape)), part


def test_rates_of_groups_keep_their_ratio_and_a_resumed_run_its_config(toy_run, tmp_path):
    def make(stage, rate):
        config = toy_run.make_config([stage])
        config.optim_wrapper.paramwise_cfg = dict(bias_lr_mult=2.0)
        config.optim_wrapper.optimizer.lr = rate
        return config

    stage = toy_run.STAGES[1]
    rates = find_rates(train(make(stage, 1e-3), work_dir=tmp_path))["sr"]
    assert sorted(set(rates)) == [1e-3, 2e-3]
    (tmp_path / "checkpoints" / "iter_4.pth").unlink()  # so that it continues inside the stage
    toy_run.forget_runs()
    rates = []
    config = make(dict(stage, iters=6, decay="linear"), 4e-3)
    resumed = toy_run.make_runner(config, tmp_path, resume=True)
    resumed.register_hook(toy_run.Watch(before=lambda r: rates.append(find_rates(r)["sr"])))
    resumed.train()
    assert sorted(set(rates[-1])) == pytest.approx(
        [4e-3 / 6, 8e-3 / 6]
    )  # the last of six, at the new rate


def test_it_can_leave_the_ends_of_stages_unmeasured(toy_run, tmp_path):
    config = toy_run.make_config(**{"train_cfg.val_interval": 5})
    toy_run.get_hook(config, "StageHook").validates = False
    runner = train(config, work_dir=tmp_path)
    assert [one["label"] for one in runner.train_loop.scores] == ["iteration 5", "iteration 10"]


def test_figures_of_an_iteration_are_in_its_checkpoint(toy_run, tmp_path):
    from fcsrlib.models.weights import read_checkpoint

    config = toy_run.make_config(**{"train_cfg.val_interval": 3})
    toy_run.get_hook(config, "StageCheckpointHook").keep = 9
    train(config, work_dir=tmp_path)
    for number, label in ((3, "iteration 3"), (4, "completion end"), (6, "iteration 6")):
        meta = read_checkpoint(tmp_path / "checkpoints" / f"iter_{number}.pth")["meta"]
        assert meta["scores"][-1]["label"] == label


def test_the_log_names_terms_left_out_over_a_face_prior_with_given_weights(toy_run, tmp_path):
    config = toy_run.make_config(toy_run.STAGES[1:])
    torch.manual_seed(0)
    prior = FACE_PRIORS.build(dict(config.model.face_prior))
    torch.save(prior.state_dict(), tmp_path / "prior.pth")
    config.model.face_prior.weights = str(tmp_path / "prior.pth")
    train(config, work_dir=tmp_path / "run")
    (log,) = (tmp_path / "run").glob("*/*.log")
    text = log.read_text(encoding="utf-8")
    assert text.count("only a network with given weights could learn from them: prior\n") == 2
    assert " sr_prior 0." in text and " prior 0." not in text
