"""Each loss against a slow reading of its equation, see equations.py beside this file."""

import math

import numpy as np
import pytest
import torch

from fcsrlib.contracts import FacePriors
from fcsrlib.losses import (
    AdversarialLoss,
    DiscriminatorLoss,
    FacePriorLoss,
    GradientPenalty,
    PerceptualLoss,
    PixelLoss,
    SmoothLoss,
    StyleLoss,
)

both_reductions = pytest.mark.parametrize("reduction", ["mean", "sum"])


def test_adversarial_losses_are_equation_4(equations, make_random):
    real, fake = make_random(3, 1, 2, 2) * 6 - 3, make_random(3, 1, 2, 2) * 6 - 3
    value = equations.read_equation_4(equations.as_numpy(real), True) + equations.read_equation_4(
        equations.as_numpy(fake), False
    )

    assert DiscriminatorLoss()(real, fake).item() == pytest.approx(-value, rel=1e-5)
    letter = AdversarialLoss(saturating=True)(fake).item()
    assert letter == pytest.approx(
        equations.read_equation_4(equations.as_numpy(fake), False), rel=1e-5
    )
    ours = AdversarialLoss()(fake).item()
    assert ours == pytest.approx(
        -equations.read_equation_4(equations.as_numpy(fake), True), rel=1e-5
    )


def test_wasserstein_losses_and_penalty_are_their_formulas(equations, make_random):
    weight, real, fake = (make_random(*shape) for shape in ((3, 2, 2), (3, 3, 2, 2), (3, 3, 2, 2)))
    points = []

    def critic(image):
        points.append(equations.as_numpy(image))
        return (image * weight).sum((1, 2, 3)) ** 2

    def read_critic(image):
        return float((image * equations.as_numpy(weight)).sum()) ** 2

    penalty = GradientPenalty()(critic, real, fake).item()
    expected, step = 0.0, 1e-5
    for point in points[0]:
        square = 0.0
        for place in np.ndindex(point.shape):
            shift = np.zeros_like(point)
            shift[place] = step
            slope = (read_critic(point + shift) - read_critic(point - shift)) / (2 * step)
            square += slope**2
        expected += (math.sqrt(square) - 1) ** 2 / len(points[0])
    assert penalty == pytest.approx(expected, rel=1e-4)
    means = [
        float(np.mean([read_critic(one) for one in equations.as_numpy(x)])) for x in (real, fake)
    ]
    difference = DiscriminatorLoss("wasserstein")(critic(real), critic(fake)).item()
    assert difference == pytest.approx(means[1] - means[0], rel=1e-4)
    assert AdversarialLoss("wasserstein")(critic(fake)).item() == pytest.approx(-means[1], rel=1e-4)


@both_reductions
def test_perceptual_and_style_losses_are_equations_5_and_7(equations, make_random, reduction):
    image, target = make_random(2, 3, 16, 16), make_random(2, 3, 16, 16)
    phi, goal = (
        equations.read_features(equations.as_numpy(image)),
        equations.read_features(equations.as_numpy(target)),
    )

    for loss, read in (
        (PerceptualLoss, equations.read_equation_5),
        (StyleLoss, equations.read_equation_7),
    ):
        value = loss(reduction=reduction)(image, target).item()
        assert value == pytest.approx(read(phi, goal, reduction), rel=1e-4), loss.__name__


@both_reductions
@pytest.mark.parametrize("region", ["all", "hole", "visible"])
@pytest.mark.parametrize(("norm", "power"), [("l1", 1), ("l2", 2)])
def test_pixel_loss_is_equation_6_over_its_region(
    equations, make_random, reduction, region, norm, power
):
    image, target = make_random(2, 3, 5, 4), make_random(2, 3, 5, 4)
    hole = make_random(2, 1, 5, 4).round()
    is_hole = equations.as_numpy(hole)[:, 0]
    weigh = {
        "all": lambda *place: 1.0,
        "hole": lambda *place: is_hole[place],
        "visible": lambda *place: 1 - is_hole[place],
    }[region]

    value = PixelLoss(norm, region, reduction)(image, target, hole).item()
    wanted = equations.read_equation_6(
        equations.as_numpy(image), equations.as_numpy(target), reduction, weigh, power
    )
    assert value == pytest.approx(wanted, rel=1e-5)


@both_reductions
def test_smooth_loss_is_equation_8_everywhere_or_near_the_hole(equations, make_random, reduction):
    image, hole = make_random(2, 3, 6, 5), torch.zeros(2, 1, 6, 5)
    hole[0, 0, 1, 1] = hole[1, 0, 3:, 2:4] = 1
    is_hole = equations.as_numpy(hole)[:, 0]

    def is_near(n, y, x):
        around = is_hole[n, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        return around.max() == 1

    value = SmoothLoss(reduction=reduction)(image).item()
    assert value == pytest.approx(
        equations.read_equation_8(equations.as_numpy(image), reduction), rel=1e-5
    )
    near = SmoothLoss("hole", reduction)(image, hole).item()
    assert near == pytest.approx(
        equations.read_equation_8(equations.as_numpy(image), reduction, is_near), rel=1e-5
    )


@pytest.fixture
def targets(make_random):
    """Return heatmaps, which of them are known, and labels of two faces."""
    known, labels = make_random(2, 3) > 0.3, (make_random(2, 4, 4) * 5).long().clamp(max=4)
    labels[1, :2] = 255
    assert known.any() and not known.all()
    return make_random(2, 3, 4, 4), known, labels


def test_face_prior_loss_is_equation_9_in_mean_squares(equations, make_random, targets):
    priors = FacePriors(make_random(2, 3, 4, 4), make_random(2, 5, 4, 4) * 4)
    landmarks, parts = equations.read_equation_9(priors, *targets)
    value = FacePriorLoss(alpha=3, beta=0.5)(priors, *targets).item()
    assert value == pytest.approx(3 * landmarks + 0.5 * parts, rel=1e-5)


def test_the_norms_of_equation_9_are_roots_of_what_the_face_prior_loss_averages(
    equations, make_random
):
    priors = FacePriors(make_random(1, 3, 4, 4), make_random(1, 5, 4, 4) * 4)
    target, labels = make_random(1, 3, 4, 4), (make_random(1, 4, 4) * 5).long().clamp(max=4)
    known = torch.ones(1, 3, dtype=torch.bool)
    heat = equations.as_numpy(priors.landmarks) - equations.as_numpy(target)
    shares = np.exp(equations.as_numpy(priors.parsing))
    shares /= shares.sum(1, keepdims=True)
    gap = shares - np.eye(5)[labels.numpy()].transpose(0, 3, 1, 2)

    for weights, difference in (((1, 0), heat), ((0, 1), gap)):
        value = FacePriorLoss(*weights)(priors, target, known, labels).item()
        norm = math.sqrt(value * difference.size)
        assert norm == pytest.approx(np.linalg.norm(difference), rel=1e-5)
