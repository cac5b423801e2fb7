import pytest
import torch
from torch.autograd import gradcheck

from fcsrlib.errors import ContractError
from fcsrlib.losses import SmoothLoss, smooth_loss


def test_a_two_by_two_image_by_hand():
    image = torch.tensor([[0.0, 1.0], [3.0, 3.0]]).view(1, 1, 2, 2)
    assert smooth_loss(image, reduction="sum") == (1 + 0) + (3 + 2)
    assert smooth_loss(image) == (1 + 0) / 2 + (3 + 2) / 2


def test_a_flat_image_is_smooth():
    assert smooth_loss(torch.full((2, 3, 8, 8), 0.3)) == 0


def test_mirroring_and_transposing_change_nothing(make_random):
    image = make_random(2, 3, 8, 8)
    expected = smooth_loss(image)
    assert torch.allclose(smooth_loss(image.flip(-1)), expected)
    assert torch.allclose(smooth_loss(image.transpose(2, 3)), expected)


def test_agrees_with_the_letter_of_equation_8(make_random):
    image = make_random(2, 3, 4, 6)
    total = 0.0
    for n, c, i, j in torch.cartesian_prod(*map(torch.arange, image.shape)).tolist():
        if j + 1 < image.shape[3]:
            total += abs(image[n, c, i, j + 1] - image[n, c, i, j]).item()
        if i + 1 < image.shape[2]:
            total += abs(image[n, c, i + 1, j] - image[n, c, i, j]).item()
    assert smooth_loss(image, reduction="sum").item() == pytest.approx(total / 2, rel=1e-5)


def test_only_pairs_inside_the_dilated_hole_count(make_random):
    image = make_random(1, 1, 7, 7)
    hole = torch.zeros(1, 1, 7, 7)
    hole[..., 3, 3] = 1
    around = image[..., 2:5, 2:5]
    loss = SmoothLoss("hole", "sum")(image, hole)
    assert torch.allclose(loss, smooth_loss(around, reduction="sum"))


def test_a_hole_everywhere_is_the_whole_image(make_random):
    image = make_random(2, 3, 5, 5)
    everywhere = torch.ones(2, 1, 5, 5, dtype=torch.uint8)
    assert torch.allclose(SmoothLoss("hole")(image, everywhere), SmoothLoss()(image))


def test_gradient_is_that_of_finite_differences(make_random):
    image = make_random(1, 2, 4, 4, dtype=torch.float64).requires_grad_()
    assert gradcheck(smooth_loss, image)


def test_bad_input_is_refused():
    with pytest.raises(ContractError, match="sides of at least 2"):
        smooth_loss(torch.zeros(1, 3, 1, 4))
    with pytest.raises(ContractError, match=r"hole_mask is \(1, 1, 2, 2\).*1 = missing"):
        SmoothLoss("hole")(torch.zeros(1, 3, 4, 4), torch.zeros(1, 1, 2, 2))
    with pytest.raises(ContractError, match="region is 'visible'; expected one of 'all', 'hole'"):
        SmoothLoss("visible")
