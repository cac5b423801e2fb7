import math

import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.losses import MaskLoss, mask_loss


def test_a_value_worked_by_hand():
    # p = 1/2 everywhere; one of four pixels is covered: Dice = (2*0.5 + 1) / (2 + 1 + 1) = 1/2.
    mask = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    loss = mask_loss(torch.zeros(1, 1, 2, 2), mask)
    assert loss.item() == pytest.approx(math.log(2) + 0.5)
    assert mask_loss(torch.zeros(1, 1, 2, 2), mask, 3.0).item() == pytest.approx(math.log(2) + 1.5)


def test_what_is_found_with_certainty_costs_nothing_and_its_opposite_much():
    mask = (torch.arange(64).reshape(1, 1, 8, 8) % 3 == 0).float()
    right = (mask - 0.5) * 80
    assert mask_loss(right, mask).item() == pytest.approx(0, abs=1e-6)
    assert mask_loss(-right, mask).item() > 40


def test_a_face_without_an_occluder_teaches_too():
    logits = torch.full((1, 1, 8, 8), -1.0, requires_grad=True)
    mask_loss(logits, torch.zeros(1, 1, 8, 8)).backward()
    assert (logits.grad > 0).all()


def test_dice_is_averaged_over_faces():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 1, 4, 4, generator=generator)
    mask = (torch.rand(3, 1, 4, 4, generator=generator) > 0.5).float()
    each = [mask_loss(logits[i : i + 1], mask[i : i + 1]) for i in range(3)]
    assert mask_loss(logits, mask).item() == pytest.approx(torch.stack(each).mean().item())


def test_the_gradient_is_right():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 1, 3, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    mask = (torch.rand(2, 1, 3, 3, generator=generator) > 0.5).double()
    assert torch.autograd.gradcheck(lambda one: MaskLoss(0.7)(one, mask), logits)


def test_masks_of_another_size_and_negative_weights_are_refused():
    with pytest.raises(ContractError, match="occlusion_logits and occluder_mask are"):
        mask_loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 2, 2))
    with pytest.raises(ContractError, match="dice_weight is -1; expected 0 or more"):
        MaskLoss(-1)
