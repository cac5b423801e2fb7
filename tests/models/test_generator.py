import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.models.generator import FCSRGenerator
from fcsrlib.testing.toy import ToyFC, ToySR


def make_generator(**changes):
    torch.manual_seed(0)
    parts = dict(fc=ToyFC(), sr=ToySR(scale=4))
    return FCSRGenerator(**{**parts, "hr_side": 32, **changes})


def test_a_face_is_completed_composited_and_restored():
    generator = make_generator().eval()
    lr_masked, hole_mask = torch.rand(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    hole_mask[:, :, 2:5, 3:6] = 1
    made = generator(lr_masked, hole_mask)
    completed = generator.fc(lr_masked, hole_mask).image
    assert torch.equal(made.completion.image, completed)
    hidden = hole_mask.expand_as(lr_masked) == 1
    assert torch.equal(made.lr_composite[~hidden], lr_masked[~hidden])
    assert torch.equal(made.lr_composite[hidden], completed[hidden])
    assert torch.equal(made.restoration.image, generator.sr(made.lr_composite).image)
    assert made.hr_restored is made.restoration.image
    assert made.hr_restored.shape == (2, 3, 32, 32)


def test_the_scale_and_side_reach_parts_built_by_name(toy_run):
    generator = FCSRGenerator(fc=dict(type="ToyFC"), sr=dict(type="ToySR"), hr_side=32, scale=2)
    assert (generator.scale, generator.lr_side) == (2, 16)
    own = FCSRGenerator(fc=dict(type="ToyFC"), sr=dict(type="ToySR", scale=8), hr_side=32, scale=2)
    assert (own.scale, own.lr_side) == (8, 4)


def test_it_knows_what_its_parts_do_not_make():
    assert make_generator().absent == {"lr_coarse", "sr_priors"}


@pytest.mark.parametrize(
    ("lr_masked", "hole_mask", "message"),
    [
        (
            torch.rand(2, 1, 8, 8),
            torch.zeros(2, 1, 8, 8),
            r"lr_masked is \(2, 1, 8, 8\); exp.*3, h",
        ),
        (torch.zeros(2, 3, 8, 8).byte(), torch.zeros(2, 1, 8, 8), "lr_masked is torch.uint8"),
        (
            torch.rand(2, 3, 8, 8),
            torch.zeros(2, 3, 8, 8),
            r"hole_mask is \(2, 3, 8, 8\); exp.*1, h",
        ),
        (torch.rand(2, 3, 8, 8), torch.zeros(1, 1, 8, 8), r"hole_mask is \(1, 1, 8, 8\)"),
        (torch.rand(2, 3, 8, 8).numpy(), torch.zeros(2, 1, 8, 8), "lr_masked is ndarray; expected"),
        (torch.rand(3, 8, 8), torch.zeros(1, 8, 8), r"lr_masked is \(3, 8, 8\)"),
    ],
)
def test_inputs_of_another_kind_or_shape_are_refused(lr_masked, hole_mask, message):
    with pytest.raises(ContractError, match=message):
        make_generator()(lr_masked, hole_mask)


def test_apart_sr_is_fed_the_true_small_face_and_fc_learns_from_its_own_tensors_only():
    generator = make_generator().eval()
    step = dict(lr_target=torch.rand(2, 3, 8, 8), lr_composite=torch.rand(2, 3, 8, 8))
    for separately, fed in ((True, "lr_target"), (False, "lr_composite")):
        restored = generator.run_sr(step, separately)["hr_restored"]
        assert torch.equal(restored, generator.sr(step[fed]).image)
    assert generator.find_reach("fc", True) == generator.fc_tensors
    assert {"hr_restored", "restored_logits"} <= generator.find_reach("fc", False)
    assert generator.find_reach("sr", True) == generator.find_reach("sr", False)
