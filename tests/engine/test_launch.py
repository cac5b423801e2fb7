import pytest

from fcsrlib.engine import train
from fcsrlib.errors import ConfigError


def test_a_folder_that_holds_a_run_is_not_overwritten(toy_run, tmp_path):
    train(toy_run.make_config(toy_run.FC_ONLY), work_dir=tmp_path)
    toy_run.forget_runs()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match="already holds a run; add --resume .* Nothing was over"):
        train(toy_run.make_config(toy_run.FC_ONLY), work_dir=tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_work_dir_that_is_a_file_is_refused(toy_run, tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(ConfigError, match="--work-dir .*file is a file; give a folder"):
        train(toy_run.make_config(), work_dir=path)


def test_everything_a_run_promises_lies_in_its_folder(toy_run, tmp_path):
    train(toy_run.make_config(), work_dir=tmp_path)
    assert (tmp_path / "metrics.json").is_file()
    names = {path.name for path in (tmp_path / "previews").iterdir()}
    ends = {"0000004_completion.png", "0000008_restoration.png", "0000012_joint.png"}
    assert names == ends | {"latest.png"}
    assert list(tmp_path.glob("*/*.log"))


def test_the_seed_reaches_order_holes_and_weights(toy_run, tmp_path):
    config = toy_run.make_config(toy_run.FC_ONLY)
    runner = train(config, work_dir=tmp_path, seed=11)
    assert runner.seed == 11
    assert runner.train_loop.dataloader.dataset.seed == 11
    assert runner.train_loop.dataloader.sampler.seed == 11


def test_amp_of_the_config_is_kept(toy_run, tmp_path):
    config = toy_run.make_config(toy_run.FC_ONLY, **{"train_cfg.amp": True})
    assert train(config, work_dir=tmp_path).train_loop.amp


def test_quick_needs_a_section_in_the_config(toy_run, tmp_path):
    with pytest.raises(ConfigError, match="this config has no `quick` section"):
        train(toy_run.make_config(), work_dir=tmp_path, quick=True)


def test_a_launcher_without_its_environment_is_refused(toy_run, tmp_path, monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="--launcher pytorch finds no RANK, WORLD_SIZE"):
        train(toy_run.make_config(), work_dir=tmp_path, launcher="pytorch")
    assert not list(tmp_path.iterdir())


def test_what_the_command_line_sets_stands_over_the_quick_section(toy_run, tmp_path):
    config = toy_run.make_config(toy_run.FC_ONLY)
    config.quick = dict(iters=dict(completion=2), batch_size=2)
    overrides = {"train_dataloader.batch_size": 3}
    runner = train(config, work_dir=tmp_path, quick=True, overrides=overrides)
    assert runner.train_dataloader.batch_size == 3
    assert runner.iter == 2
