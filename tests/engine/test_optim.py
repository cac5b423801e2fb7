import pytest
import torch

from fcsrlib.engine import PartOptimWrapperConstructor
from fcsrlib.errors import ConfigError
from fcsrlib.models.fcsr_gan import FCSRGAN
from fcsrlib.testing.toy import ToyDiscriminator, ToyFC, ToySR

COMMON = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-4, betas=(0.9, 0.999)))


@pytest.fixture
def model():
    generator = dict(fc=ToyFC(), sr=ToySR(scale=4), hr_side=32)
    return FCSRGAN(generator=generator, discriminator=ToyDiscriminator())


def test_each_part_has_an_optimiser_over_its_own_parameters(model):
    wrappers = PartOptimWrapperConstructor(COMMON)(model)
    assert set(wrappers.keys()) == {"fc", "sr", "discriminator"}
    for name, part in model.parts().items():
        held = [p for group in wrappers[name].param_groups for p in group["params"]]
        assert [id(p) for p in held] == [id(p) for p in part.parameters()]


def test_settings_of_a_part_are_laid_over_the_common_ones(model):
    parts = dict(
        discriminator=dict(optimizer=dict(betas=(0.5, 0.999))),
        fc=dict(optimizer=dict(lr=2e-4), clip_grad=dict(max_norm=1.0)),
        face_prior=dict(optimizer=dict(lr=1.0)),  # the model has none, which is fine
    )
    wrappers = PartOptimWrapperConstructor({**COMMON, "parts": parts})(model)
    settings = {k: w.optimizer.defaults for k, w in wrappers.items()}
    assert settings["discriminator"]["betas"] == (0.5, 0.999)
    assert settings["discriminator"]["lr"] == 1e-4
    assert settings["fc"]["lr"] == 2e-4 and settings["fc"]["betas"] == (0.9, 0.999)
    assert wrappers["fc"].clip_grad_kwargs == dict(max_norm=1.0)
    assert wrappers["sr"].clip_grad_kwargs is None
    assert isinstance(wrappers["sr"].optimizer, torch.optim.Adam)


def test_a_part_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match=r"optim_wrapper.parts has \['critic'\]; the parts are"):
        PartOptimWrapperConstructor({**COMMON, "parts": dict(critic=dict())})
