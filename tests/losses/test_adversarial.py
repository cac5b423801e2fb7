import math

import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import ContractError
from fcsrlib.losses import AdversarialLoss, DiscriminatorLoss
from fcsrlib.losses.adversarial import FORMS

ZERO = torch.zeros(2, 1, 3, 3)


def test_an_undecided_discriminator_gives_log_two():
    assert AdversarialLoss()(ZERO).item() == pytest.approx(math.log(2))
    assert AdversarialLoss(saturating=True)(ZERO).item() == pytest.approx(-math.log(2))
    assert DiscriminatorLoss()(ZERO, ZERO).item() == pytest.approx(2 * math.log(2))


@pytest.mark.parametrize(
    ("form", "generator", "discriminator"),
    [
        ("least_squares", 0.5 * (0.5 - 1) ** 2, 0.5 * (2 - 1) ** 2 + 0.5 * 0.5**2),
        ("hinge", -0.5, 0 + 1.5),
        ("wasserstein", -0.5, 0.5 - 2),
    ],
)
def test_other_forms_by_hand(form, generator, discriminator):
    real, fake = torch.tensor([2.0]), torch.tensor([0.5])
    assert AdversarialLoss(form)(fake).item() == pytest.approx(generator)
    assert DiscriminatorLoss(form)(real, fake).item() == pytest.approx(discriminator)


def test_log_form_agrees_with_the_letter_of_equation_4(make_random):
    real, fake = make_random(4, 1, 2, 2) * 4 - 2, make_random(4, 1, 2, 2) * 4 - 2
    value = 0.0
    for x in real.flatten().tolist():
        value += math.log(1 / (1 + math.exp(-x))) / 16
    generated = 0.0
    for z in fake.flatten().tolist():
        generated += math.log(1 - 1 / (1 + math.exp(-z))) / 16
    assert DiscriminatorLoss()(real, fake).item() == pytest.approx(-(value + generated), rel=1e-5)
    assert AdversarialLoss(saturating=True)(fake).item() == pytest.approx(generated, rel=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_a_list_counts_every_scale_alike(form):
    few, many = torch.tensor([1.0]), torch.full((4, 1, 8, 8), -3.0)
    loss = AdversarialLoss(form)
    assert torch.allclose(loss([few, many]), (loss(few) + loss(many)) / 2)


@pytest.mark.parametrize("saturating", [False, True])
def test_extreme_logits_stay_finite(saturating):
    logits = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = AdversarialLoss(saturating=saturating)(logits) + DiscriminatorLoss()(logits, -logits)
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_the_generator_still_learns_when_the_discriminator_wins():
    logits = torch.tensor([-20.0], requires_grad=True)
    AdversarialLoss()(logits).backward()
    assert logits.grad.item() == pytest.approx(-1, abs=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_gradient_is_that_of_finite_differences(make_random, form):
    real = make_random(2, 3, dtype=torch.float64).requires_grad_()
    fake = make_random(2, 3, dtype=torch.float64).requires_grad_()
    assert gradcheck(DiscriminatorLoss(form), (real, fake))
    assert gradcheck(AdversarialLoss(form), fake)


def test_bfloat16_logits_are_reduced_in_float32():
    assert AdversarialLoss()(ZERO.bfloat16()).dtype == torch.float32


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="form is 'gan'; expected one of 'log'"):
        DiscriminatorLoss("gan")
    with pytest.raises(ContractError, match="saturating=True is for form='log' only"):
        AdversarialLoss("hinge", saturating=True)
    with pytest.raises(ContractError, match="logits is an empty list"):
        AdversarialLoss()([])
