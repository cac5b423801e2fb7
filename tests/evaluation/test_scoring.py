import math

import pytest
import torch

from fcsrlib.errors import ConfigError
from fcsrlib.evaluation.scoring import Scorer


def make_batch():
    """Return a grey face whose left half is hidden."""
    hole = torch.zeros(1, 1, 8, 8)
    hole[..., :4] = 1
    return {
        "hole_mask": hole,
        "hr_target": torch.full((1, 3, 32, 32), 0.4),
        "lr_target": torch.full((1, 3, 8, 8), 0.4),
    }


def test_errors_inside_and_outside_the_hole_are_told_apart():
    batch = make_batch()
    image = batch["hr_target"].clone()
    image[..., :16] += 0.2  # 51 steps of 255 in the hole: 20 log10(5) dB
    image[..., 16:] -= 0.04  # 92 instead of 102 outside
    scores = Scorer("rgb", 0, 32).score_hr(image, batch)
    assert scores["hole_psnr"].item() == pytest.approx(13.9794, abs=1e-3)
    assert scores["visible_psnr"].item() == pytest.approx(20 * math.log10(255 / 10), abs=1e-6)
    assert scores["hole_psnr"] < scores["psnr"] < scores["visible_psnr"]


def test_a_crop_leaves_the_border_out():
    batch = make_batch()
    image = batch["hr_target"].clone()
    image[..., 0, :] = 1
    assert Scorer("rgb", 1, 32).score_hr(image, batch)["psnr"].item() == 100
    assert Scorer("rgb", 0, 32).score_hr(image, batch)["psnr"].item() < 30


def test_luma_errors_are_those_of_grey_steps_in_studio_range():
    batch = make_batch()
    image = batch["lr_target"] + 0.2
    rgb = Scorer("rgb", 0, 32).score_lr(image, batch)["lr_psnr"]
    luma = Scorer("y", 0, 32).score_lr(image, batch)["lr_psnr"]
    assert (luma - rgb).item() == pytest.approx(20 * math.log10(255 / 219), abs=1e-6)


def test_channel_and_crop_are_checked_and_stated():
    assert Scorer("y", 2, 32).statement.startswith("Y (BT.601, 16-235), crop 2 px")
    with pytest.raises(ConfigError, match="--channel is 'hsv'; expected one of rgb, y"):
        Scorer("hsv", 0, 32)
    with pytest.raises(ConfigError, match="--crop is 11; expected 0 to 10 for faces of 32 px"):
        Scorer("rgb", 11, 32)
