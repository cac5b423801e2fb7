import pytest
import torch
from torch.nn import functional

from fcsrlib.errors import ContractError
from fcsrlib.models.sr_first import SRFirstGenerator
from fcsrlib.testing.toy import ToyFC, ToySR


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return SRFirstGenerator(fc=ToyFC(), sr=ToySR(scale=4), hr_side=32).eval()


@pytest.fixture
def face():
    torch.manual_seed(1)
    hole_mask = torch.zeros(2, 1, 8, 8)
    hole_mask[:, :, 2:5, 3:6] = 1
    return torch.rand(2, 3, 8, 8) * (1 - hole_mask), hole_mask


def test_a_face_is_enlarged_with_its_hole_and_completed_at_the_restored_size(generator, face):
    made = generator(*face)
    enlarged = generator.sr(face[0]).image
    hidden = functional.interpolate(face[1], scale_factor=4) == 1
    assert made.completion.image.shape == (2, 3, 32, 32)
    everywhere = hidden.expand_as(enlarged)
    assert torch.equal(made.hr_restored[~everywhere], enlarged[~everywhere])
    assert torch.equal(made.hr_restored[everywhere], made.completion.image[everywhere])
    assert made.lr_composite is None


def test_what_the_enlargement_holds_under_the_hole_does_not_matter(generator, face):
    one = generator(*face).hr_restored
    generator.sr.register_forward_hook(
        lambda module, inputs, output: type(output)(
            output.image.masked_fill(functional.interpolate(face[1], scale_factor=4) == 1, 7.0)
        )
    )
    assert torch.equal(generator(*face).hr_restored, one)


def test_fc_is_built_for_the_restored_side():
    class SideFC(ToyFC):
        size_multiple = 16

    assert SRFirstGenerator(fc=SideFC(), sr=ToySR(scale=4), hr_side=32).fc_side == 32
    SideFC.size_multiple = 64
    with pytest.raises(ContractError, match="the enlarged face is 32 px.*needs a multiple of 64"):
        SRFirstGenerator(fc=SideFC(), sr=ToySR(scale=4), hr_side=32)


def test_apart_each_part_is_fed_the_truth_and_reaches_its_own_tensors_only(generator, face):
    step = dict(
        lr_masked=face[0],
        hole_mask=face[1],
        lr_target=torch.rand(2, 3, 8, 8),
        hr_target=torch.rand(2, 3, 32, 32),
    )
    enlarged = generator.run_sr(step, True)["hr_enlarged"]
    assert torch.equal(enlarged, generator.sr(step["lr_target"]).image)
    visible = functional.interpolate(face[1], scale_factor=4).expand(2, 3, 32, 32) == 0
    completed = generator.run_fc(step, True)["hr_restored"]
    assert torch.equal(completed[visible], step["hr_target"][visible])
    assert "hr_restored" not in generator.find_reach("sr", True)
    assert {"hr_restored", "restored_logits"} <= generator.find_reach("sr", False)
