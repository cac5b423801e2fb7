import pytest
import torch
from torch import nn

from fcsrlib.errors import ConfigError, ContractError
from fcsrlib.losses.loss_set import LossSet, LossTerm
from fcsrlib.registry import LOSSES

PIXEL = dict(type="PixelLoss", name="pixel", inputs=dict(image="a", target="b"))


class Asked(dict):
    """Tensors that note which of them were asked for."""

    def __init__(self, **tensors):
        super().__init__(tensors)
        self.names = []

    def __getitem__(self, name):
        self.names.append(name)
        return super().__getitem__(name)


@pytest.fixture
def tensors():
    shape = (1, 3, 4, 4)
    values = dict(a=0.25, b=1.0, c=0.75)
    return Asked(**{name: torch.full(shape, value) for name, value in values.items()})


def test_a_term_is_its_loss_times_its_weight(tensors):
    assert LossTerm(PIXEL)(tensors).item() == 0.75
    assert LossTerm({**PIXEL, "weight": 4})(tensors).item() == 3.0


def test_a_list_of_inputs_sums_the_loss_over_them(tensors):
    term = LossTerm({**PIXEL, "inputs": dict(image=["a", "c"], target="b"), "weight": 2})
    assert term.tensor_names == {"a", "b", "c"}
    assert term(tensors).item() == pytest.approx(2 * (0.75 + 0.25))


def test_a_parameter_left_open_takes_the_tensor_of_its_name():
    term = LossTerm(dict(type="FacePriorLoss", name="prior", inputs=dict(priors="sr_priors")))
    assert term.tensor_names == {"sr_priors", "landmark_target", "landmark_known", "parsing_target"}


def test_optional_parameters_are_read_only_where_named():
    assert LossTerm(PIXEL).tensor_names == {"a", "b"}
    inputs = dict(image="a", target="b", hole_mask="hole_mask")
    assert "hole_mask" in LossTerm({**PIXEL, "inputs": inputs}).tensor_names


def test_a_set_computes_each_term_under_its_name_and_skips_what_it_is_told(tensors):
    losses = LossSet([PIXEL, {**PIXEL, "name": "other", "inputs": dict(image="c", target="b")}])
    assert losses.tensor_names == {"a", "b", "c"}
    values = losses(tensors)
    assert {name: value.item() for name, value in values.items()} == {
        "loss_pixel": 0.75,
        "loss_other": 0.25,
    }
    tensors.names.clear()
    assert set(losses(tensors, skip=frozenset({"other"}))) == {"loss_pixel"}
    assert "c" not in tensors.names


def test_a_set_is_no_module():
    assert not isinstance(LossSet([PIXEL]), nn.Module)


def test_two_terms_of_one_name_are_refused():
    with pytest.raises(ConfigError, match=r"loss terms \['pixel'\] stand twice; every term needs"):
        LossSet([PIXEL, PIXEL])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(name=None), "needs 'type' and 'name'"),
        (dict(inputs=dict(imgae="a", target="b")), r"maps \['imgae'\]; PixelLoss takes \['image'"),
        (dict(inputs=dict(image=["a", "b"], target=["a", "b", "c"])), "lists of different lengths"),
        (dict(inputs=dict(image=[], target="b")), "loss term 'pixel' reads nothing"),
    ],
)
def test_a_malformed_term_is_refused(changes, message):
    config = {key: value for key, value in {**PIXEL, **changes}.items() if value is not None}
    with pytest.raises(ConfigError, match=message):
        LossTerm(config)


def test_a_misspelt_option_is_refused_with_what_the_loss_takes():
    with pytest.raises(ContractError, match="PixelLoss cannot be built.*'wieght'.*It takes"):
        LossTerm({**PIXEL, "wieght": 2.0})


def test_a_loss_without_inputs_is_refused():
    class Constant(nn.Module):
        def forward(self):
            return torch.zeros(())

    LOSSES.add(Constant, "ConstantOfATest")
    try:
        with pytest.raises(ConfigError, match="loss term 'x' reads nothing; name tensors"):
            LossTerm(dict(type="ConstantOfATest", name="x"))
    finally:
        LOSSES.remove("ConstantOfATest")
