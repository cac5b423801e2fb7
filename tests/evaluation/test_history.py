import pytest
from mmengine.config import Config

from fcsrlib.evaluation.history import find_caveats
from fcsrlib.models.stage import Stage, digest_stages

TERM = dict(type="PixelLoss", inputs=dict(image="hr_restored", target="hr_target"))
STAGES = [
    dict(name="completion", iters=4, train=["fc"], losses=[TERM]),
    dict(name="joint", iters=6, train=["fc", "sr"], losses=[TERM]),
]


@pytest.fixture
def config():
    return Config(dict(train_cfg=dict(stages=STAGES)))


@pytest.fixture
def meta():
    return dict(
        schedule=[["completion", 4], ["joint", 6]],
        iterations=10,
        restores=True,
        completes=True,
        stages_sha256=digest_stages([Stage.from_config(stage) for stage in STAGES]),
    )


def test_a_checkpoint_of_its_config_and_one_that_says_nothing_have_no_caveat(config, meta):
    assert find_caveats(meta, config) == []
    assert find_caveats({}, config) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (dict(restores=False), ["its SR is untrained: low resolution only"]),
        (dict(completes=False), ["its FC is untrained"]),
        (dict(iterations=7), ["after 7 of its 10 iterations"]),
        (
            dict(schedule=[["together", 10]]),
            ["trained by the schedule together 10; its config says completion 4, joint 6"],
        ),
        (
            dict(stages_sha256="0" * 64),
            ["trained with other terms or parts than its config's stages have"],
        ),
    ],
)
def test_what_a_reader_must_know_is_said(config, meta, changes, expected):
    assert find_caveats({**meta, **changes}, config) == expected


def test_rates_and_lengths_are_no_other_terms(config, meta):
    changed = [dict(stage, lr=1e-5, iters=1) for stage in STAGES]
    stages = [Stage.from_config(stage) for stage in changed]
    assert digest_stages(stages) == meta["stages_sha256"]
    other = [dict(stage, separately=True) for stage in STAGES]
    assert digest_stages([Stage.from_config(s) for s in other]) != meta["stages_sha256"]
