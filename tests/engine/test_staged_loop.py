import pytest
import torch

from fcsrlib.engine import train
from fcsrlib.errors import ConfigError


def test_stages_run_in_order_with_their_own_parts_and_rates(toy_run, tmp_path):
    seen = []

    def look(runner):
        stage, iteration = runner.train_loop.locate()
        rates = {k: w.param_groups[0]["lr"] for k, w in runner.optim_wrapper.items()}
        seen.append((stage.name, iteration, runner.train_loop.model.trained_parts, rates))

    runner = toy_run.make_runner(toy_run.make_config(), tmp_path)
    runner.register_hook(toy_run.Watch(before=look))
    runner.train()
    parts = set(toy_run.SR_PARTS)
    assert [one[:3] for one in seen] == [
        *[("completion", i, {"fc"}) for i in range(4)],
        *[("restoration", i, parts) for i in range(4)],
        *[("joint", i, parts | {"fc"}) for i in range(4)],
    ]
    assert [one[3]["fc"] for one in seen[:4]] == [1e-2] * 4
    assert [one[3]["sr"] for one in seen[4:8]] == [1e-3] * 4
    # joint: no lr of its own, linear from its middle on; completion's 1e-2 is forgotten
    assert [one[3]["fc"] for one in seen[8:]] == pytest.approx([1e-3, 1e-3, 1e-3, 5e-4])


def test_frozen_parts_keep_weights_and_buffers_bit_by_bit_through_a_stage(toy_run, tmp_path):
    states = []
    runner = toy_run.make_runner(toy_run.make_config(), tmp_path)

    def keep(*_):
        states.append({name: t.clone() for name, t in runner.model.state_dict().items()})

    keep()
    runner.register_hook(toy_run.Watch(after=keep))
    runner.train()

    prefixes = {"generator.fc": "fc", "generator.sr": "sr"}

    def parts_moved(first, last):
        changed = [n for n, t in states[first].items() if not torch.equal(t, states[last][n])]
        return {prefixes.get(n[:12], n.split(".")[0]) for n in changed}

    assert parts_moved(0, 4) == {"fc"}
    assert parts_moved(4, 8) == {"sr", "discriminator", "face_prior"}
    assert parts_moved(8, 12) == {"fc", "sr", "discriminator", "face_prior"}
    norm = "generator.fc.layers.1.running_mean"
    assert torch.equal(states[4][norm], states[8][norm])
    assert not torch.equal(states[8][norm], states[12][norm])


def test_each_iteration_sees_its_own_faces_as_its_number_says(toy_run, tmp_path):
    names = []
    config = toy_run.make_config(toy_run.FC_ONLY, **{"train_cfg.accumulate": 2})
    runner = toy_run.make_runner(config, tmp_path)
    runner.register_hook(
        toy_run.Watch(after=lambda _, data, __: names.append([b["name"] for b in data]))
    )
    runner.train()
    assert [[len(batch) for batch in step] for step in names] == [[4, 4]] * 4
    epoch = [name for step in names[:3] for batch in step for name in batch]
    assert len(set(epoch)) == len(epoch) == 24  # one epoch of 24 faces, none twice
    assert runner.train_loop.images_per_iteration() == 8


def test_two_runs_of_one_seed_are_equal_and_another_seed_is_not(toy_run, tmp_path):
    outcomes = []
    for index, seed in enumerate((0, 0, 1)):
        config = toy_run.make_config(**{"val_dataloader": None, "val_cfg": None})
        config.val_evaluator = None
        outcomes.append(toy_run.describe(train(config, work_dir=tmp_path / str(index), seed=seed)))
        toy_run.forget_runs()
    assert outcomes[0] == outcomes[1]
    assert outcomes[0]["weights"] != outcomes[2]["weights"]


def test_validation_changes_nothing_in_training(toy_run, tmp_path):
    watched = train(toy_run.make_config(), work_dir=tmp_path / "a")
    toy_run.forget_runs()
    config = toy_run.make_config(**{"val_dataloader": None, "val_cfg": None})
    config.val_evaluator = None
    blind = train(config, work_dir=tmp_path / "b")
    for key in ("weights", "average", "optimizers"):
        assert toy_run.describe(watched)[key] == toy_run.describe(blind)[key], key
    assert blind.train_loop.scores == []


def test_figures_are_kept_for_both_ends_of_each_stage_and_between(toy_run, tmp_path):
    config = toy_run.make_config(**{"train_cfg.val_interval": 3})
    scores = train(config, work_dir=tmp_path).train_loop.scores
    assert [(one["label"], one["iterations"]) for one in scores] == [
        ("completion start", 0),
        ("iteration 3", 3),
        ("completion end", 4),
        ("restoration start", 4),
        ("iteration 6", 6),
        ("restoration end", 8),
        ("joint start", 8),
        ("iteration 9", 9),
        ("joint end", 12),
    ]
    by_label = {one["label"]: one["figures"] for one in scores}
    assert "psnr" not in by_label["completion end"] and "psnr" in by_label["restoration start"]
    assert by_label["completion end"]["lr_psnr"] == by_label["restoration start"]["lr_psnr"]
    assert by_label["restoration end"] == by_label["joint start"]
    assert by_label["joint end"] != by_label["joint start"]


def test_a_generator_interval_skips_generator_updates(toy_run, tmp_path):
    weights = []

    def keep(runner, *_):
        parts = runner.train_loop.model.parts()
        weights.append({n: toy_run.digest_state(p.state_dict()) for n, p in parts.items()})
        sr = [p for p in parts["sr"].parameters()]
        weights[-1]["sr"] = toy_run.digest_state(sr)

    stage = dict(
        name="gan",
        iters=6,
        train=["sr", "discriminator"],
        losses=toy_run.SR_TERMS[:4],
        generator_interval=3,
    )
    runner = toy_run.make_runner(toy_run.make_config([stage]), tmp_path)
    runner.register_hook(toy_run.Watch(after=keep))
    runner.train()
    sr = [one["sr"] for one in weights]
    assert sr[0] == sr[1] != sr[2] == sr[3] == sr[4] != sr[5]
    assert len({one["discriminator"] for one in weights}) == 6


def test_bf16_trains_on_a_processor(toy_run, tmp_path):
    exact = train(toy_run.make_config(), work_dir=tmp_path / "a")
    toy_run.forget_runs()
    amp = train(toy_run.make_config(), work_dir=tmp_path / "b", amp=True)
    assert amp.train_loop.amp
    assert toy_run.describe(amp)["weights"] != toy_run.describe(exact)["weights"]
    for old, new in zip(exact.train_loop.scores, amp.train_loop.scores, strict=True):
        assert new["figures"] == pytest.approx(old["figures"], rel=0.02)


def test_stage_that_does_not_allow_bf16_trains_in_fp32(toy_run, tmp_path):
    exact = train(toy_run.make_config(), work_dir=tmp_path / "a")
    toy_run.forget_runs()
    config = toy_run.make_config()
    for stage in config.train_cfg.stages:
        stage["allows_amp"] = False
    kept = train(config, work_dir=tmp_path / "b", amp=True)
    assert toy_run.describe(kept)["weights"] == toy_run.describe(exact)["weights"]


def test_a_stage_of_no_iterations_is_passed_over(toy_run, tmp_path):
    stages = [dict(toy_run.STAGES[0], iters=0), dict(toy_run.STAGES[1], iters=2)]
    runner = train(toy_run.make_config(stages), work_dir=tmp_path)
    assert runner.iter == 2
    assert [one["label"] for one in runner.train_loop.scores] == [
        "restoration start",
        "restoration end",
    ]
    assert runner.train_loop.has_trained("sr", 1) and not runner.train_loop.has_trained("fc", 2)


@pytest.mark.parametrize(
    ("stages", "changes", "message"),
    [
        ([], {}, r"train_cfg has stages \[\]"),
        ("twice", {}, r"stages \['completion', 'completion'\]"),
        ("once", {"train_cfg.accumulate": 0}, "accumulate=0; expected"),
        ("misspelt", {}, r"stage 'completion' has \['los'\]"),
        ("unknown", {}, r"stage 'completion' reads \['lr_compleeted'\]"),
    ],
)
def test_a_schedule_that_cannot_run_is_refused_at_the_start(
    toy_run, tmp_path, stages, changes, message
):
    stage = toy_run.FC_ONLY[0]
    bad_term = dict(toy_run.FC_TERMS[0], inputs=dict(image="lr_compleeted", target="lr_target"))
    stages = {
        "once": [stage],
        "twice": [stage, stage],
        "misspelt": [dict(stage, los=1)],
        "unknown": [dict(stage, losses=[bad_term])],
    }.get(stages if isinstance(stages, str) else None, stages)
    with pytest.raises(ConfigError, match=message):
        train(toy_run.make_config(stages, **changes), work_dir=tmp_path)
