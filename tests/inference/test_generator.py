"""Loading a generator for other programs."""

import pytest
import torch
from mmengine.config import Config

import fcsrlib
from fcsrlib.errors import ConfigError
from fcsrlib.testing import toy

CONFIG = {
    "scale": 8,
    "hr_side": 64,
    "model": {
        "type": "FCSRGAN",
        "generator": {"fc": {"type": toy.ToyFC}, "sr": {"type": toy.ToySR}},
    },
    "train_cfg": {"stages": []},
    "train_dataloader": {"dataset": {"pipeline": []}},
}


def make_config():
    return Config(CONFIG)


def restore(generator):
    torch.manual_seed(0)
    lr_masked, hole_mask = torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    with torch.no_grad():
        return generator(lr_masked, hole_mask).restoration.image


def test_generator_restores_at_the_configs_scale():
    generator = fcsrlib.load_generator(make_config())
    assert not generator.training
    assert restore(generator).shape == (1, 3, 64, 64)


def test_moving_average_of_a_whole_checkpoint_is_preferred(tmp_path):
    trained, averaged = (fcsrlib.load_generator(make_config()) for _ in range(2))
    with torch.no_grad():
        for parameter in averaged.parameters():
            parameter.add_(0.1)
    path = tmp_path / "joint.pth"
    torch.save(
        {
            "meta": {},
            "state_dict": {f"generator.{k}": v for k, v in trained.state_dict().items()},
            "ema_state_dict": {f"generator.{k}": v for k, v in averaged.state_dict().items()},
        },
        path,
    )
    loaded = fcsrlib.load_generator(make_config(), path)
    assert torch.equal(restore(loaded), restore(averaged))
    assert not torch.equal(restore(loaded), restore(trained))


def test_checkpoint_of_another_generator_is_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"state_dict": {"generator.fc.strange": torch.zeros(1)}}, path)
    with pytest.raises(fcsrlib.CheckpointError, match="another network"):
        fcsrlib.load_generator(make_config(), path)


@pytest.mark.parametrize("config", [None, {"scale": 8}, 3])
def test_what_is_no_config_is_refused(config):
    with pytest.raises(fcsrlib.ConfigError, match="expected a path or what read_config returns"):
        fcsrlib.load_generator(config)


def test_a_config_that_restores_no_face_is_refused():
    config = Config(dict(model=dict(type="FacePriorModel"), train_cfg=dict(stages=[])))
    with pytest.raises(ConfigError, match="is that of a FacePriorModel, which restores no face"):
        fcsrlib.load_generator(config)
