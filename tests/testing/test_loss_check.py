"""Each way of breaking a loss's contract is found and the message says how to mend it."""

import pytest
import torch
from torch import nn

from fcsrlib.errors import ContractError
from fcsrlib.testing import check_loss


class GoodLoss(nn.Module):
    def forward(self, image, target):
        return (image - target).abs().mean()


class MapLoss(nn.Module):
    def forward(self, image, target):
        return (image - target).abs()


class RootLoss(nn.Module):
    def forward(self, image, target):
        return (image - target).square().sum().sqrt()


class DetachedLoss(nn.Module):
    def forward(self, image):
        return image.detach().mean()


class NaNLoss(nn.Module):
    def forward(self, image):
        return (image - 2).log().mean()


class StatefulLoss(nn.Module):
    calls = 0

    def forward(self, image):
        self.calls += 1
        return image.mean() * self.calls


class NamelessLoss(nn.Module):
    def forward(self, *tensors):
        return tensors[0].mean()


class ForeignLoss(nn.Module):
    def forward(self, image, depth):
        return (image.mean(1) - depth).abs().mean()


def test_a_good_loss_passes():
    check_loss(GoodLoss())


def test_inputs_of_ones_own_are_given_by_name():
    check_loss(ForeignLoss(), inputs=dict(depth=torch.rand(2, 32, 32)))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (MapLoss(), r"it returns \(2, 3, 32, 32\); return a scalar"),
        (RootLoss(), "its gradient is not finite at image = target; add a small constant"),
        (DetachedLoss(), "no gradient leaves it"),
        (NaNLoss(), "it is nan"),
        (StatefulLoss(), "two runs of one seed differ"),
        (NamelessLoss(), r"its forward takes \*tensors; name every parameter"),
        (ForeignLoss(), r"call check_loss\(part, inputs=dict\(depth=...\)\)"),
        (lambda image: image.mean(), "it is no torch.nn.Module"),
    ],
)
def test_a_broken_loss_is_told_what_to_do(part, message):
    with pytest.raises(ContractError, match=message):
        check_loss(part)
