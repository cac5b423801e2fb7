import pytest
import torch
from torch import nn

from fcsrlib.errors import ContractError
from fcsrlib.losses import GradientPenalty, gradient_penalty


@pytest.mark.parametrize("length", [1.0, 3.0])
def test_a_linear_critic_has_the_penalty_of_its_slope(make_random, length):
    slope = make_random(3, 4, 4)
    slope = slope / slope.norm() * length
    penalty = GradientPenalty()(
        lambda image: (image * slope).sum((1, 2, 3)),
        make_random(5, 3, 4, 4),
        make_random(5, 3, 4, 4),
    )
    assert penalty.item() == pytest.approx((length - 1) ** 2, abs=1e-5)


def test_points_lie_between_real_and_fake(make_random):
    real, fake = make_random(6, 3, 4, 4), make_random(6, 3, 4, 4)
    seen = []

    def critic(image):
        seen.append(image.detach())
        return image.sum((1, 2, 3))

    gradient_penalty(critic, real, fake)
    share = (seen[0] - fake) / (real - fake)
    assert torch.allclose(share, share[:, :1, :1, :1].expand_as(share), atol=1e-3)
    assert ((share > -1e-3) & (share < 1 + 1e-3)).all()
    assert share[:, 0, 0, 0].unique().numel() == 6


def test_the_gradient_reaches_the_critic_and_nothing_else(make_random):
    critic = nn.Sequential(nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 3, bias=False))
    real, fake = make_random(2, 3, 8, 8), make_random(2, 3, 8, 8).requires_grad_()
    GradientPenalty()(critic, real, fake).backward()
    assert critic[0].weight.grad.abs().sum() > 0
    assert critic[2].weight.grad.abs().sum() > 0
    assert fake.grad is None


def test_agrees_with_finite_differences_of_the_critic(make_random):
    real = make_random(1, 3, 2, 2, dtype=torch.float64)
    weight = make_random(3, 2, 2, dtype=torch.float64)

    def critic(image):
        return (image * weight).sum((1, 2, 3)) ** 2

    # The end points are one and the same, so the random point is known.
    slopes = []
    for index in range(12):
        step = torch.zeros(12, dtype=torch.float64)
        step[index] = 1e-5
        step = step.view_as(real)
        slopes.append(((critic(real + step) - critic(real - step)) / 2e-5).item())
    expected = (sum(slope**2 for slope in slopes) ** 0.5 - 1) ** 2
    assert gradient_penalty(critic, real, real).item() == pytest.approx(expected, rel=1e-6)


def test_a_flat_critic_costs_one_and_gives_no_nan(make_random):
    level = torch.zeros((), requires_grad=True)
    image = make_random(2, 3, 4, 4)
    penalty = gradient_penalty(lambda x: (x * level).mean((1, 2, 3)), image, image)
    penalty.backward()
    assert penalty.item() == pytest.approx(1, abs=1e-5)
    assert level.grad.isfinite()


def test_the_same_generator_seed_gives_the_same_penalty(make_random):
    real, fake = make_random(2, 3, 4, 4), make_random(2, 3, 4, 4)
    values = [
        gradient_penalty(
            lambda x: [x.square(), x[:, :1].square()],
            real,
            fake,
            generator=torch.Generator().manual_seed(1),
        )
        for _ in range(2)
    ]
    assert torch.equal(*values)


def test_it_works_where_gradients_are_switched_off_and_passes_the_hole(make_random):
    image, hole = make_random(2, 3, 4, 4), torch.ones(2, 1, 4, 4)
    with torch.no_grad():
        penalty = gradient_penalty(lambda x, hole_mask: x * hole_mask, image, image, hole)
    assert penalty.isfinite()


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="real and fake are"):
        GradientPenalty()(torch.sum, torch.zeros(2, 3, 4, 4), torch.zeros(1, 3, 4, 4))
