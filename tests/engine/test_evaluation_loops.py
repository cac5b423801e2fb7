import pytest

from fcsrlib.engine.runner import FCSRRunner
from fcsrlib.registry import LOOPS


@pytest.fixture
def config(toy_run, tmp_path):
    from fcsrlib.engine.config import complete_config

    config = toy_run.make_config(work_dir=str(tmp_path))
    complete_config(config)
    return config


@pytest.mark.parametrize("kind", ["ValLoop", "TestLoop"])
def test_the_librarys_loops_stand_before_mmengines(kind):
    assert LOOPS.get(kind).__module__ == "fcsrlib.engine.evaluation_loops"


@pytest.mark.parametrize("bad", [[], [4], [0, 1, 2, 3], [0, 1, 2, 3, 4]])
def test_images_that_do_not_decode_are_left_out_and_reported(toy_run, config, bad):
    config.test_dataloader.dataset.source.bad = bad
    config.custom_hooks = [dict(type="SkippedImagesHook", limit=5)]
    runner = FCSRRunner.from_cfg(config)
    assert runner.test()["num_images"] == 5 - len(bad)
    hook = next(h for h in runner.hooks if type(h).__name__ == "SkippedImagesHook")
    assert hook.names == {f"1_{index}.png" for index in bad}
