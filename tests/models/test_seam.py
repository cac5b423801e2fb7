import pytest
import torch
from torch import nn

from fcsrlib.contracts import Completion, Restoration
from fcsrlib.errors import ContractError
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing.toy import ToyFC, ToySR


def make_generator(**changes):
    parts = dict(fc=ToyFC(), sr=ToySR(scale=4))
    return FCSRGenerator(**{**parts, "hr_side": 32, **changes})


class OddFC(ToyFC):
    """Completion network with a size rule, or an output, of its own."""

    def __init__(self, size_multiple=1, output=None, error=None):
        super().__init__()
        self.size_multiple = size_multiple
        self.output = output
        self.error = error

    def forward(self, lr_masked, hole_mask):
        if self.error is not None:
            raise self.error
        if self.output is not None:
            return self.output(lr_masked)
        return super().forward(lr_masked, hole_mask)


def test_building_changes_no_weight_no_buffer_and_no_mode():
    fc = ToyFC()
    fc.layers[1].eval()
    before = {name: tensor.clone() for name, tensor in fc.state_dict().items()}
    make_generator(fc=fc)
    assert all(torch.equal(before[name], tensor) for name, tensor in fc.state_dict().items())
    assert fc.training and not fc.layers[1].training


class PlainTensorFC(ToyFC):
    """Keeps a tensor that is no buffer and reads a value in Python: no meta device can run it."""

    def __init__(self):
        super().__init__()
        self.offset = torch.zeros(1)

    def forward(self, lr_masked, hole_mask):
        offset = float((lr_masked + self.offset).mean())
        return Completion(super().forward(lr_masked, hole_mask).image + 0 * offset)


def test_a_part_that_needs_a_real_device_is_run_for_real_and_left_in_its_mode():
    fc = PlainTensorFC()
    fc.layers[1].eval()
    before = {name: tensor.clone() for name, tensor in fc.state_dict().items()}
    make_generator(fc=fc)
    assert all(torch.equal(before[name], tensor) for name, tensor in fc.state_dict().items())
    assert fc.training and not fc.layers[1].training


def narrow(image):
    return Completion(image[..., :4])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(hr_side=30), "OddFC .* ToySR: a face of 30 px is not a multiple of scale 4"),
        (
            dict(fc=OddFC(size_multiple=16)),
            r"OddFC \+ ToySR: at x4 the face is 8 px .* needs a multiple of 16; make it shallower",
        ),
        (dict(fc=OddFC(size_multiple=None)), "OddFC has size_multiple=None; a FCBackbone promises"),
        (dict(sr=nn.Identity()), "Identity has scale=None; a SRBackbone promises a positive int"),
        (dict(fc=OddFC(output=lambda x: x)), "OddFC returned Tensor; expected .*Completion"),
        (dict(fc=OddFC(output=narrow)), r"returned an image of \(2, 3, 8, 4\); expected \(2, 3, 8"),
        (dict(fc=OddFC(error=RuntimeError("boom"))), r"OddFC fails on inputs of .*RuntimeError: b"),
        (dict(fc=OddFC(error=ContractError("own words"))), "own words"),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(changes, message):
    if "hr_side" in changes:
        changes = {**changes, "fc": OddFC()}
    with pytest.raises(ContractError, match=message):
        make_generator(**changes)


def test_a_restoration_of_the_wrong_size_is_refused():
    class HalfSR(ToySR):
        def forward(self, lr):
            return Restoration(super().forward(lr).image[..., ::2, ::2])

    with pytest.raises(ContractError, match=r"HalfSR returned an image of \(2, 3, 16, 16\)"):
        make_generator(sr=HalfSR(scale=4))
