import pytest
import torch
from torch import nn

from fcsrlib.errors import ConfigError
from fcsrlib.models.stage import (
    Stage,
    freeze,
    locate_stage,
    unfreeze,
    without_parameter_gradients,
)

TERM = dict(type="PixelLoss", name="pixel")


def make_stage(**changes):
    config = dict(name="joint", iters=10, train=["fc", "sr"], losses=[TERM])
    return Stage.from_config({**config, **changes})


def test_a_stage_is_its_config_with_lists_of_terms_joined():
    other = dict(type="SmoothLoss", name="smooth")
    stage = make_stage(train="fc", losses=[[TERM], [[other]]], iters=2e3)
    assert stage.train == ("fc",)
    assert stage.losses == (TERM, other)
    assert stage.iters == 2000 and isinstance(stage.iters, int)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(lossses=[]), r"stage 'joint' has \['lossses'\]; it takes \['allows_amp'"),
        (dict(train=["fc", "generator"]), r"trains \['fc', 'generator'\]; expected one or more of"),
        (dict(train=[]), "expected one or more of"),
        (dict(decay="exponential"), "has decay 'exponential'; expected one of"),
        (dict(iters=-1), "has iters -1; expected an integer, 0 or more"),
        (dict(iters=1.5), "has iters 1.5"),
        (dict(iters="many"), "has iters 'many'"),
        (dict(decay_start=1.0), "expected 0 <= decay_start < 1"),
        (dict(generator_interval=0), "generator_interval >= 1"),
        (dict(warmup_iters=-1), "warmup_iters >= 0"),
        (dict(lr=dict(generator=1e-4)), r"has an lr for \['generator'\]; the parts are"),
        (dict(lr=-1e-4), "has lr -0.0001; expected a number, 0 or more"),
        (dict(lr=dict(fc="fast")), "has lr 'fast'"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(changes, message):
    with pytest.raises(ConfigError, match=message):
        make_stage(**changes)


def test_missing_keys_are_named():
    with pytest.raises(ConfigError, match=r"stage 'x' lacks \['iters', 'losses', 'train'\]"):
        Stage.from_config(dict(name="x"))


def test_rates_by_hand():
    def rates(**changes):
        stage = make_stage(**changes)
        return [stage.learning_rate("fc", 1.0, i) for i in range(10)]

    assert rates() == [1.0] * 10
    assert rates(lr=0.5) == [0.5] * 10
    assert rates(lr=dict(sr=9.0)) == [1.0] * 10
    assert rates(lr=dict(fc=2.0)) == [2.0] * 10
    assert rates(decay="linear", decay_start=0.5) == pytest.approx(
        [1.0] * 5 + [1.0, 0.8, 0.6, 0.4, 0.2]
    )
    cosine = rates(decay="cosine")
    assert cosine[0] == 1.0 and cosine[5] == pytest.approx(0.5)
    assert cosine == sorted(cosine, reverse=True)
    assert rates(warmup_iters=4)[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_stages_are_found_at_their_borders():
    first, empty, last = (make_stage(name=n, iters=i) for n, i in (("a", 3), ("b", 0), ("c", 2)))
    found = [locate_stage([first, empty, last], i) for i in range(7)]
    assert found == [
        *[(first, i) for i in range(3)],
        *[(last, i) for i in range(4)],  # at and past the end, the last stage
    ]


def test_the_generator_is_updated_in_every_nth_iteration():
    stage = make_stage(generator_interval=3)
    assert [stage.updates_generator(i) for i in range(6)] == [False, False, True] * 2


def test_parameters_born_frozen_stay_frozen():
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    module[0].weight.requires_grad_(False)
    born = {p for p in module.parameters() if not p.requires_grad}
    freeze(module)
    assert not any(p.requires_grad for p in module.parameters()) and not module[1].training
    unfreeze(module, born)
    assert [p.requires_grad for p in module.parameters()] == [False, True, True, True]
    assert module[1].training


def test_gradients_pass_through_a_module_but_not_into_it():
    module = nn.Linear(2, 1)
    module.bias.requires_grad_(False)
    image = torch.ones(1, 2, requires_grad=True)
    with without_parameter_gradients(module):
        value = module(image).sum()
    value.backward()
    assert torch.equal(image.grad, module.weight.detach())
    assert module.weight.grad is None
    assert module.weight.requires_grad and not module.bias.requires_grad
