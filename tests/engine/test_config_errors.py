import pytest

from fcsrlib.engine import train
from fcsrlib.engine.config_errors import explaining_config
from fcsrlib.errors import ConfigError


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("train_dataloader.batch_size", 0, "batch_size is 0; expected an integer, 1 or more"),
        ("train_dataloader.batch_size", "many", "batch_size is 'many'"),
        ("val_dataloader.num_workers", -1, "num_workers is -1; expected an integer, 0 or more"),
        ("randomness", dict(seed="abc"), "the seed is 'abc'"),
    ],
)
def test_numbers_are_refused_by_name(toy_run, tmp_path, key, value, message):
    config = toy_run.make_config(**{key: value})
    with pytest.raises(ConfigError, match=message):
        train(config, work_dir=tmp_path / "run")


def test_a_hook_that_nobody_registered_is_named(toy_run, tmp_path):
    config = toy_run.make_config()
    config.custom_hooks = [*config.custom_hooks, dict(type="NopeHook")]
    with pytest.raises(ConfigError, match="not there: NopeHook is not in the .*hook registry"):
        train(config, work_dir=tmp_path)


def test_a_batch_of_one_is_explained():
    torch_says = "Expected more than 1 value per channel when training, got input size [1, 5, 1, 1]"
    with pytest.raises(ConfigError, match="batch_size of 1 .* use 2 or more"), explaining_config():
        raise ValueError(torch_says)


@pytest.mark.parametrize("error", [KeyError("iterations"), ValueError("something else")])
def test_other_errors_pass_unchanged(error):
    with pytest.raises(type(error), match="iterations|something else"), explaining_config():
        raise error
