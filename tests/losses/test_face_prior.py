import math

import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.contracts import FacePriors
from fcsrlib.errors import ContractError
from fcsrlib.losses import FacePriorLoss, count_unknown

N, K, P, SIDE = 2, 3, 4, 5


@pytest.fixture
def batch(make_random):
    """Return predicted priors and complete targets."""
    priors = FacePriors(make_random(N, K, SIDE, SIDE), make_random(N, P, SIDE, SIDE) * 4)
    parsing = (make_random(N, SIDE, SIDE) * P).long().clamp(max=P - 1)
    return priors, make_random(N, K, SIDE, SIDE), torch.ones(N, K, dtype=torch.bool), parsing


def test_one_landmark_off_by_one_half_by_hand():
    priors = FacePriors(torch.full((1, 1, 2, 2), 0.5), torch.zeros(1, 2, 2, 2))
    loss = FacePriorLoss(alpha=2, beta=0)
    known, parsing = torch.tensor([[True]]), torch.zeros(1, 2, 2, dtype=torch.long)
    assert loss(priors, torch.zeros(1, 1, 2, 2), known, parsing) == 2 * 0.25


def test_undecided_parsing_by_hand():
    priors = FacePriors(torch.zeros(1, 1, 2, 2), torch.zeros(1, 4, 2, 2))
    known, parsing = torch.tensor([[True]]), torch.zeros(1, 2, 2, dtype=torch.long)
    arguments = (priors, torch.zeros(1, 1, 2, 2), known, parsing)
    assert FacePriorLoss()(*arguments).item() == pytest.approx((0.75**2 + 3 * 0.25**2) / 4)
    cross_entropy = FacePriorLoss(parsing="cross_entropy")(*arguments)
    assert cross_entropy.item() == pytest.approx(math.log(4))


def read_equation_9_slowly(priors, landmark_target, landmark_known, parsing_target, form):
    landmark, num_values, parts, num_pixels = 0.0, 0, 0.0, 0
    for n in range(N):
        for k in range(K):
            if landmark_known[n, k]:
                landmark += float(((priors.landmarks[n, k] - landmark_target[n, k]) ** 2).sum())
                num_values += SIDE * SIDE
        for y in range(SIDE):
            for x in range(SIDE):
                label = int(parsing_target[n, y, x])
                if label == 255:
                    continue
                powers = [math.exp(value) for value in priors.parsing[n, :, y, x].tolist()]
                shares = [power / sum(powers) for power in powers]
                num_pixels += 1
                if form == "l2":
                    parts += sum((s - (c == label)) ** 2 for c, s in enumerate(shares)) / P
                else:
                    parts -= math.log(shares[label])
    return landmark / num_values + parts / num_pixels


@pytest.mark.parametrize("form", ["l2", "cross_entropy"])
def test_agrees_with_a_slow_loop_that_skips_unknown_targets(batch, form):
    priors, landmark_target, landmark_known, parsing_target = batch
    landmark_known[0, 1] = False
    parsing_target[1, 2:] = 255
    expected = read_equation_9_slowly(*batch, form)
    assert FacePriorLoss(parsing=form)(*batch).item() == pytest.approx(expected, rel=1e-5)


def test_a_perfect_prediction_costs_nothing(batch):
    _, landmark_target, landmark_known, parsing_target = batch
    logits = torch.nn.functional.one_hot(parsing_target, P).movedim(-1, 1) * 100.0
    priors = FacePriors(landmark_target, logits)
    assert FacePriorLoss()(priors, landmark_target, landmark_known, parsing_target) < 1e-8


@pytest.mark.parametrize("form", ["l2", "cross_entropy"])
def test_nothing_known_is_a_zero_with_a_graph(batch, form):
    priors, landmark_target, landmark_known, parsing_target = batch
    priors.landmarks.requires_grad_()
    priors.parsing.requires_grad_()
    loss = FacePriorLoss(parsing=form)(
        priors,
        torch.full_like(landmark_target, math.nan),
        torch.zeros_like(landmark_known),
        torch.full_like(parsing_target, 255),
    )
    loss.backward()
    assert loss == 0
    assert (priors.landmarks.grad == 0).all()
    assert (priors.parsing.grad == 0).all()


def test_a_sample_without_targets_does_not_change_the_others(batch):
    priors, landmark_target, landmark_known, parsing_target = batch
    landmark_known[1], parsing_target[1], landmark_target[1] = False, 255, math.nan
    first = FacePriors(priors.landmarks[:1], priors.parsing[:1])
    alone = FacePriorLoss()(first, landmark_target[:1], landmark_known[:1], parsing_target[:1])
    assert torch.allclose(FacePriorLoss()(*batch), alone)


def test_unknown_targets_are_counted():
    known = torch.tensor([[True, False, False]])
    parsing = torch.tensor([[[0, 255], [255, 255]]], dtype=torch.uint8)
    assert count_unknown(known, parsing) == (2, 3)


@pytest.mark.parametrize("form", ["l2", "cross_entropy"])
def test_gradient_is_that_of_finite_differences(batch, form):
    priors, landmark_target, landmark_known, parsing_target = batch
    landmark_known[0, 0] = False
    parsing_target[0, 0] = 255
    loss = FacePriorLoss(parsing=form)
    inputs = (priors.landmarks.double().requires_grad_(), priors.parsing.double().requires_grad_())

    def compute(landmarks, parsing):
        targets = (landmark_target.double(), landmark_known, parsing_target)
        return loss(FacePriors(landmarks, parsing), *targets)

    assert gradcheck(compute, inputs)


def test_bfloat16_priors_are_reduced_in_float32(batch):
    priors, *targets = batch
    narrow = FacePriors(priors.landmarks.bfloat16(), priors.parsing.bfloat16())
    loss = FacePriorLoss()(narrow, *targets)
    assert loss.dtype == torch.float32
    assert torch.allclose(loss, FacePriorLoss()(*batch), rtol=0.02)


def test_bad_input_is_refused(batch):
    priors, landmark_target, landmark_known, parsing_target = batch
    loss = FacePriorLoss()
    with pytest.raises(ContractError, match="landmark heatmaps and landmark_target are"):
        loss(priors, landmark_target[:, :2], landmark_known, parsing_target)
    with pytest.raises(ContractError, match="landmark_known is .* one flag a landmark"):
        loss(priors, landmark_target, landmark_known[:, :2], parsing_target)
    with pytest.raises(ContractError, match=r"parsing_target is \(2, 2, 5\); expected \(2, 5, 5\)"):
        loss(priors, landmark_target, landmark_known, parsing_target[:, :2])
    with pytest.raises(ContractError, match="parsing is 'dice'"):
        FacePriorLoss(parsing="dice")
