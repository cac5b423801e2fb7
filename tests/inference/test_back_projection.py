"""Back-projection: the restored face shrinks to what was visible."""

import pytest
import torch
from torch.nn import functional

from fcsrlib.degradation import downsample
from fcsrlib.inference.back_projection import TOLERANCE, back_project


@pytest.fixture
def faces():
    """Return restored faces and what other faces shrink to, both in mid tones."""
    torch.manual_seed(0)
    hr, truth = torch.rand(2, 2, 3, 128, 128) * 0.5 + 0.25
    return hr, truth


@pytest.mark.parametrize("scale", [4, 8])
def test_visible_pixels_are_met(faces, scale):
    hr, truth = faces
    lr = downsample(truth, scale)
    hole_mask = torch.zeros(2, 1, *lr.shape[-2:])
    hole_mask[:, :, 3:7, 2:9] = 1
    met = back_project(hr, lr, hole_mask)
    off = (downsample(met, scale) - lr).abs() * (1 - hole_mask)
    assert off.max() <= TOLERANCE + 1e-5
    assert met.min() >= 0 and met.max() <= 1


def test_hidden_pixels_deep_in_the_hole_keep_what_they_shrink_to(faces):
    hr, truth = faces
    lr = downsample(truth, 8)
    hole_mask, deep = torch.zeros(2, 2, 1, 16, 16)
    hole_mask[:, :, 3:12, 2:12] = 1
    deep[:, :, 5:10, 4:10] = 1
    met = back_project(hr, lr, hole_mask, max_rounds=1)
    off = (downsample(met, 8) - downsample(hr, 8)).abs() * deep
    assert off.max() < 1e-5


@pytest.mark.parametrize("lr_side", [16, 32, 100])
def test_an_even_change_stays_even(lr_side):
    hr = torch.full((1, 3, 128, 128), 0.5)
    lr = torch.full((1, 3, lr_side, lr_side), 0.6)
    met = back_project(hr, lr, torch.zeros(1, 1, lr_side, lr_side))
    assert (met - 0.6).abs().max() < 1e-3


def test_the_change_does_not_ring_at_the_edge_of_the_hole():
    hr = torch.full((1, 3, 128, 128), 0.5)
    lr = torch.full((1, 3, 32, 32), 0.6)
    hole_mask = torch.zeros(1, 1, 32, 32)
    hole_mask[:, :, 10:22, 10:22] = 1
    change = back_project(hr, lr, hole_mask) - hr
    # A tenth is asked for; a change that ended at the edge of the hole would overshoot by 0.027.
    assert change.max() < 0.115 and change.min() > -0.005


def test_a_face_that_agrees_already_is_returned_bit_for_bit(faces):
    hr, _ = faces
    met = back_project(hr, downsample(hr, 8), torch.zeros(2, 1, 16, 16))
    assert torch.equal(met, hr)


def test_the_change_is_the_bicubic_enlargement_of_a_small_face(faces):
    hr, truth = faces
    lr = downsample(truth, 8)
    change = back_project(hr, lr, torch.zeros(2, 1, 16, 16), max_rounds=1) - hr
    eye = torch.eye(16).reshape(1, 1, 16, 16)
    columns = functional.interpolate(eye, size=(128, 16), mode="bicubic", antialias=True)[0, 0]
    spanned = columns @ torch.linalg.pinv(columns)
    assert torch.allclose(spanned @ change @ spanned.mT, change, atol=1e-4)


def test_each_face_is_treated_as_if_it_were_alone(faces):
    hr, truth = faces
    lr = downsample(truth, 8)
    lr[1] = (lr[1] * 4 - 1.5).clamp(0, 1)  # takes many rounds
    hole_mask = torch.zeros(2, 1, 16, 16)
    both = back_project(hr, lr, hole_mask)
    for one in range(2):
        alone = back_project(hr[one : one + 1], lr[one : one + 1], hole_mask[:1])
        assert torch.allclose(both[one], alone[0], atol=1e-6)


def test_where_clamping_undoes_much_it_still_arrives():
    torch.manual_seed(1)
    truth = (torch.rand(1, 3, 128, 128) * 3 - 1).clamp(0, 1)
    truth[:, :, 40:90, 40:90] = 1
    lr = downsample(truth, 4).clamp(0, 1)
    met = back_project(torch.rand(1, 3, 128, 128), lr, torch.zeros(1, 1, 32, 32))
    assert (downsample(met, 4) - lr).abs().max() * 255 < 1
