"""Each way of breaking a contract is found and the message says how to mend it."""

import pytest
import torch
from torch import nn

from fcsrlib.contracts import Completion, FacePriors, Restoration
from fcsrlib.errors import ContractError
from fcsrlib.testing import (
    check_discriminator,
    check_face_prior,
    check_fc_backbone,
    check_part,
    check_sr_backbone,
)
from fcsrlib.testing.toy import ToyDiscriminator, ToyFacePrior, ToyFC, ToySR


def test_toys_pass():
    check_part("FC_BACKBONES", ToyFC())
    check_part("SR_BACKBONES", ToySR(scale=4))
    check_part("DISCRIMINATORS", ToyDiscriminator())
    check_part("FACE_PRIORS", ToyFacePrior(num_landmarks=5, num_classes=3))


def test_a_part_is_left_as_it_was():
    part = ToySR(scale=2).train()
    before = {name: tensor.clone() for name, tensor in part.state_dict().items()}
    check_sr_backbone(part)
    assert part.training
    assert all(parameter.grad is None for parameter in part.parameters())
    for name, tensor in part.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_an_unknown_slot_is_refused():
    with pytest.raises(ContractError, match="no slot 'SR'; choose one of FC_BACKBONES"):
        check_part("SR", ToySR())


class BareTensorSR(ToySR):
    def forward(self, lr):
        return super().forward(lr).image


class WrongSizeSR(ToySR):
    def forward(self, lr):
        return Restoration(super().forward(lr).image[..., :-1])


class DetachedSR(ToySR):
    def forward(self, lr):
        return super().forward(lr.detach())


class UnusedParameterSR(ToySR):
    def __init__(self):
        super().__init__(scale=2)
        self.forgotten = nn.Conv2d(3, 3, 1)


class NoisySR(ToySR):
    def forward(self, lr):
        return Restoration(super().forward(lr).image + torch.rand(()))


class BatchMeanSR(ToySR):
    def forward(self, lr):
        return super().forward(lr - lr.mean())


class InfiniteSR(ToySR):
    def forward(self, lr):
        return Restoration(super().forward(lr).image / (lr.sum() * 0))


class UnstorableSR(ToySR):
    def get_extra_state(self):
        return self.layers

    def set_extra_state(self, state):
        pass


class WildPriorsSR(ToySR):
    def forward(self, lr):
        half = super().forward(lr).image[..., ::2, ::2]
        return Restoration(super().forward(lr).image, priors=FacePriors(half + 5, half))


class Float32OnlySR(ToySR):
    def forward(self, lr):
        features = self.layers(lr)
        weight = torch.ones(3, features.shape[1], 1, 1, dtype=torch.float32)
        with torch.autocast("cpu", enabled=False):
            return Restoration(nn.functional.conv2d(features, weight))


class StrayTensorSR(ToySR):
    def __init__(self):
        super().__init__(scale=2)
        self.offset = torch.full((1, 3, 1, 1), 0.5)

    def forward(self, lr):
        return super().forward(lr - self.offset)


class BranchingSR(ToySR):
    def forward(self, lr):
        return super().forward(lr * 2 if lr.max() > 5 else lr)


class CrashingSR(ToySR):
    size_multiple = 4

    def forward(self, lr):
        lr.view(lr.shape[0], 3, lr.shape[2] // 4, 4, -1)
        return super().forward(lr)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (BareTensorSR(), r"it returns Tensor; wrap the result: fcsrlib.contracts.Restoration"),
        (WrongSizeSR(2), r"image is \(2, 3, 32, 31\); expected \(2, 3, 32, 32\)"),
        (DetachedSR(2), "no gradient reaches its input 'lr'; do not detach it"),
        (UnusedParameterSR(), r"no gradient reaches parameter forgotten\.weight"),
        (NoisySR(2), r"image differs between two runs in eval\(\); draw noise only while"),
        (BatchMeanSR(2), "depends on the other faces of its batch"),
        (InfiniteSR(2), "image holds NaN or infinity"),
        (UnstorableSR(2), "state dict cannot be loaded safely"),
        (WildPriorsSR(2), r"landmarks leave \[0, 1\]; end that head with a sigmoid"),
        (Float32OnlySR(2), "fails under bfloat16 autocast"),
        (StrayTensorSR(), "fails on another device.*register its tensors as buffers"),
        (BranchingSR(2), "fails on another device.*do not branch on values"),
        (CrashingSR(2), "a side of 17 px raises RuntimeError; check the size first"),
        (lambda lr: lr, "scale is None; give it an int attribute scale >= 1"),
    ],
)
def test_a_broken_super_resolution_network_is_told_what_to_do(part, message):
    with pytest.raises(ContractError, match=message):
        check_sr_backbone(part)


def test_a_part_that_is_no_module_is_refused():
    part = type("Plain", (), {"scale": 2})()
    with pytest.raises(ContractError, match="no torch.nn.Module"):
        check_sr_backbone(part)


class PeekingFC(ToyFC):
    def forward(self, lr_masked, hole_mask):
        output = super().forward(lr_masked, hole_mask)
        return Completion(output.image + 0.1 * lr_masked)


class BatchNormInTrainFC(ToyFC):
    def train(self, mode=True):
        super().train(True)
        return self


class ListAuxFC(ToyFC):
    def forward(self, lr_masked, hole_mask):
        return Completion(super().forward(lr_masked, hole_mask).image, aux=[1])


class SizelessFC(ToyFC):
    size_multiple = None


class DeepFC(ToyFC):
    size_multiple = 32


class LockedFC(ToyFC):
    def __init__(self):
        super().__init__()
        self.stream = (one for one in ())


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (PeekingFC(), r"depends on the pixels under the hole; multiply lr_masked by"),
        (BatchNormInTrainFC(), "depends on the other faces|differs between two runs"),
        (ListAuxFC(), "aux is list; return a dict"),
        (SizelessFC(), "size_multiple is None"),
        (DeepFC(), "size_multiple 32 does not divide 16; make it shallower"),
        (LockedFC(), "copy.deepcopy fails"),
    ],
)
def test_a_broken_completion_network_is_told_what_to_do(part, message):
    with pytest.raises(ContractError, match=message):
        check_fc_backbone(part)


class PooledDiscriminator(ToyDiscriminator):
    def forward(self, image, hole_mask=None):
        return super().forward(image).mean()


class TwoScaleDiscriminator(ToyDiscriminator):
    def forward(self, image, hole_mask=None):
        return [super().forward(image), super().forward(image[..., ::2, ::2])]


class SilentDiscriminator(ToyDiscriminator):
    def forward(self, image, hole_mask=None):
        return []


def test_a_list_of_logits_is_welcome():
    check_discriminator(TwoScaleDiscriminator(), hr_side=32)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (PooledDiscriminator(), r"logits 0 is \(\); return a tensor"),
        (SilentDiscriminator(), "it returns no logits"),
    ],
)
def test_a_broken_discriminator_is_told_what_to_do(part, message):
    with pytest.raises(ContractError, match=message):
        check_discriminator(part, hr_side=32)


class FullSizePrior(ToyFacePrior):
    def forward(self, image):
        maps = self.head(image).sigmoid()
        return FacePriors(maps[:, : self.num_landmarks], maps[:, self.num_landmarks :])


class LyingPrior(ToyFacePrior):
    def __init__(self):
        super().__init__(num_landmarks=5, num_classes=3)
        self.num_landmarks = 6

    def forward(self, image):
        maps = self.head(nn.functional.avg_pool2d(image, 2))
        return FacePriors(maps[:, :5].sigmoid(), maps[:, 5:])


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (FullSizePrior(5, 3), r"landmarks is \(2, 5, 64, 64\); expected \(2, 5, 32, 32\)"),
        (LyingPrior(), "landmarks has 5 channels; it promises 6"),
    ],
)
def test_a_broken_face_prior_is_told_what_to_do(part, message):
    with pytest.raises(ContractError, match=message):
        check_face_prior(part)
