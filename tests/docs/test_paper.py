"""docs/paper.md: all equations have a row, and the default config is what they say."""

import re
from pathlib import Path

import pytest

from fcsrlib.engine import read_config
from fcsrlib.models import Stage

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def stages():
    config = read_config(ROOT / "configs" / "fcsr" / "pconv_fsrnet_x8.py")
    return {stage.name: Stage.from_config(stage) for stage in config.train_cfg.stages}


def weights(stage, prefix):
    return {
        term["name"]: term.get("weight", 1.0)
        for term in stage.losses
        if term["name"].startswith(prefix)
    }


@pytest.mark.parametrize("number", range(1, 13))
def test_every_equation_has_a_row_with_a_function_and_a_test(number):
    (row,) = re.findall(rf"^\| Eq\. {number}, .*$", PAGE, re.M)
    assert re.search(r"\]\(\.\./(fcsrlib|configs)/", row)
    assert re.search(r"`test_\w+`\]\(\.\./tests/", row)


def test_the_weights_are_those_of_equations_10_and_11(stages):
    assert weights(stages["completion"], "fc_") == {
        "fc_style": 10,
        "fc_perceptual": 0.1,
        "fc_pixel": 0.1,
        "fc_smooth": 1,
    }
    extra = {"sr_coarse": 1, "sr_branch": 1}  # FSRNet's own
    assert weights(stages["restoration"], "sr_") == extra | {
        "sr_adversarial": 1e-3,
        "sr_face_prior": 1,
        "sr_perceptual": 0.01,
        "sr_pixel": 1,
        "sr_smooth": 0.01,
    }


def test_the_joint_stage_sums_all_terms(stages):
    joint = [term["name"] for term in stages["joint"].losses]
    parts = [*stages["completion"].losses, *stages["restoration"].losses]
    assert joint == [term["name"] for term in parts]
    assert weights(stages["joint"], "") == weights(stages["completion"], "") | weights(
        stages["restoration"], ""
    )


def test_the_stages_follow_section_3_2(stages):
    assert list(stages) == ["completion", "restoration", "joint"]
    assert stages["completion"].train == ("fc",)
    assert "fc" not in stages["restoration"].train and "sr" in stages["restoration"].train
    assert {"fc", "sr", "discriminator"} <= set(stages["joint"].train)
