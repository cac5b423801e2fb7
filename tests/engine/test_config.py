import pytest

from fcsrlib.engine.config import (
    complete_config,
    make_quick,
    parse_overrides,
    read_config,
)
from fcsrlib.errors import ConfigError


@pytest.fixture
def config(toy_run):
    return toy_run.make_config()


def test_a_config_is_read_and_overridden(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("model = dict(a=1)\ntrain_cfg = dict(b=2)\ntrain_dataloader = dict(c=3)\n")
    config = read_config(path, {"model.a": 5})
    assert config.model.a == 5 and config.train_cfg.b == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no config at .*a.py; the library's own lie under configs/"),
        ("model = dict(", "a.py cannot be read: "),
        ("model = dict(a=1)", "a.py has no train_cfg, train_dataloader; see configs/fcsr"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path, text, message):
    path = tmp_path / "a.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_config(path)


def test_overrides_are_python_values_or_strings():
    pairs = ["a=1e-4", "b=[1, 'x']", "c=x8", "d=a=b", "e=None"]
    expected = {"a": 1e-4, "b": [1, "x"], "c": "x8", "d": "a=b", "e": None}
    assert parse_overrides(pairs) == expected
    with pytest.raises(ConfigError, match="--cfg-options got 'nonsense'; expected KEY=VALUE"):
        parse_overrides(["nonsense"])


def test_scale_and_side_reach_every_place_that_follows_from_them(config):
    config.scale, config.hr_side = 8, 64
    complete_config(config)
    assert (config.model.generator.scale, config.model.generator.hr_side) == (8, 64)
    assert config.model.data_preprocessor.scale == 8
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        assert loader.dataset.pipeline[-1].side == 8


@pytest.mark.parametrize("scale", [None, 0, 5, 2.0])
def test_a_scale_that_does_not_divide_the_side_is_refused(config, scale):
    config.scale = scale
    with pytest.raises(ConfigError, match="expected a scale that divides hr_side"):
        complete_config(config)


def test_quick_shortens_what_it_names(config):
    config.quick = dict(
        iters=dict(completion=2),
        lr=dict(joint=5e-4),
        batch_size=3,
        train_images=9,
        val_images=2,
        intervals=dict(log=1, checkpoint=5),
        model=dict(face_prior=dict(num_landmarks=68)),
    )
    config.train_cfg.val_interval = 100
    config.train_dataloader.num_workers = 4
    make_quick(config)
    assert [stage.iters for stage in config.train_cfg.stages] == [2, 4, 4]
    assert config.train_cfg.stages[2].lr == 5e-4 and config.train_cfg.val_interval is None
    assert (config.train_dataloader.batch_size, config.train_dataloader.num_workers) == (3, 1)
    assert config.train_dataloader.dataset.source.max_images == 9
    assert config.val_dataloader.dataset.source.max_images == 2
    assert config.model.face_prior == dict(type="ToyFacePrior", num_landmarks=68)
    intervals = {hook.type: hook.get("interval_iters") for hook in config.custom_hooks}
    assert intervals["ProgressHook"] == 1 and intervals["StageCheckpointHook"] == 5
    assert intervals["PreviewHook"] == 100


@pytest.mark.parametrize("key", ["iters", "lr"])
def test_quick_for_a_stage_that_does_not_exist_is_refused(config, key):
    config.quick = {key: dict(jont=1)}
    with pytest.raises(ConfigError, match=f"quick.{key} names stage 'jont'; there are"):
        make_quick(config)


def test_a_misspelt_quick_key_is_refused(config):
    config.quick = dict(iter=dict(joint=1))
    with pytest.raises(ConfigError, match=r"quick has \['iter'\]; it takes \['iters', "):
        make_quick(config)


@pytest.mark.parametrize(
    ("key", "message"),
    [("tran_cfg.amp", "did you mean train_cfg"), ("foo.bar", "has no 'foo'; there are")],
)
def test_an_override_of_a_key_that_is_not_there_is_refused(tmp_path, key, message):
    path = tmp_path / "config.py"
    path.write_text("model = dict(a=1)\ntrain_cfg = dict(b=1)\ntrain_dataloader = dict(c=1)\n")
    with pytest.raises(ConfigError, match=message):
        read_config(path, {key: 1})
    assert read_config(path, {"tensorboard": True, "model.new": 2}).model.new == 2


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(ConfigError, match="is a folder; name one of its configs"):
        read_config(tmp_path)


def test_a_checkpoint_in_a_configs_place_is_told_apart(tmp_path):
    path = tmp_path / "joint.pth"
    path.write_bytes(b"weights")
    with pytest.raises(ConfigError, match="is no config.*comes before the checkpoint"):
        read_config(path)
