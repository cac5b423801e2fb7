import pytest

from fcsrlib.cli.errors import run_or_explain
from fcsrlib.engine import SkippedImagesHook, train


def make_config(toy_run, bad, limit, num_workers=0, val_bad=()):
    config = toy_run.make_config(toy_run.FC_ONLY, num_workers=num_workers)
    config.train_cfg.stages[0].iters = 8
    config.train_dataloader.dataset.source.bad = list(bad)
    config.val_dataloader.dataset.source.bad = list(val_bad)
    toy_run.get_hook(config, "SkippedImagesHook").limit = limit
    return config


def run(capfd, config, folder):
    """Train; return exit code, warnings of skipped images, and what stands on stderr."""
    code = run_or_explain(lambda: train(config, work_dir=folder) and 0)
    output, errors = capfd.readouterr()
    lines = [line for line in (output + errors).splitlines() if "skipped undecodable" in line]
    return code, lines, errors.splitlines()


@pytest.mark.parametrize("num_workers", [0, 1])
def test_bad_images_are_counted_and_each_is_named_once(toy_run, tmp_path, capfd, num_workers):
    config = make_config(toy_run, [3, 8], limit=2, num_workers=num_workers)
    code, lines, _ = run(capfd, config, tmp_path)
    assert code == 0
    assert sorted(line.split("image ")[1].split(" ")[0] for line in lines) == ["0_3.png", "0_8.png"]
    assert "(1 of at most 2)" in lines[0] and "(2 of at most 2)" in lines[1]


@pytest.mark.parametrize("num_workers", [0, 1])
def test_past_the_limit_the_run_ends_with_one_line(toy_run, tmp_path, capfd, num_workers):
    config = make_config(toy_run, [3, 8, 11], limit=2, num_workers=num_workers)
    code, lines, errors = run(capfd, config, tmp_path)
    assert code == 2 and len(lines) == 3
    assert errors[-1].startswith("error: 3 undecodable images, more than the 2 tolerated, the last")
    assert "raise SkippedImagesHook.limit in the config" in errors[-1]
    assert not any("Traceback" in line for line in errors)


def test_a_set_of_damaged_images_only_is_one_line_even_from_a_worker(toy_run, tmp_path, capfd):
    code, _, errors = run(capfd, make_config(toy_run, range(24), 100, num_workers=1), tmp_path)
    assert code == 2
    assert errors[-1].startswith("error: 33 images drawn one after another cannot be decoded: 0_")
    assert not any("Traceback" in line for line in errors)


def test_the_limit_counts_training_and_validation_together(toy_run, tmp_path, capfd):
    code, lines, _ = run(capfd, make_config(toy_run, [3], 1, val_bad=[0]), tmp_path)
    assert code == 2 and len(lines) == 2


def test_a_validation_batch_of_damaged_images_only_is_passed_over(toy_run, tmp_path, capfd):
    config = make_config(toy_run, [], 4, val_bad=[0, 1, 2, 3])  # the first batch of four, whole
    runner = train(config, work_dir=tmp_path)
    assert runner.train_loop.scores[-1]["figures"]["num_images"] == 1
    assert len(next(h for h in runner.hooks if isinstance(h, SkippedImagesHook)).names) == 4
