import math

import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.losses.vgg import VGG16Features
from fcsrlib.metrics import FaceScorer, PerceptualDistance, perceptual_distance
from fcsrlib.registry import METRICS


@pytest.fixture
def faces():
    """Return smooth 8-bit faces and noisy ones, (3, 3, 32, 32)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(3, 3, 4, 4, generator=generator)
    target = torch.nn.functional.interpolate(coarse, size=32, mode="bilinear")
    noise = torch.randn(target.shape, generator=generator)
    return ((target + 0.1 * noise).clamp(0, 1) * 255).round() / 255, (target * 255).round() / 255


def test_vectors_at_an_angle_by_hand():
    one = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
    other = torch.tensor([5.0, 5.0]).view(1, 2, 1, 1)  # at 45 degrees
    orthogonal = torch.tensor([0.0, 3.0]).view(1, 2, 1, 1)
    angle = perceptual_distance({"a": one}, {"a": other}).item()
    assert angle == pytest.approx(2 - 2 * math.cos(math.pi / 4))
    assert perceptual_distance({"a": one}, {"a": orthogonal}).item() == pytest.approx(2)
    both = perceptual_distance({"a": one, "b": one}, {"a": other, "b": orthogonal}).item()
    assert both == pytest.approx((angle + 2) / 2)


def test_the_mean_is_over_positions():
    one, other = torch.rand(2, 4, 3, 5), torch.rand(2, 4, 3, 5)
    values = perceptual_distance({"a": one}, {"a": other})
    for image, value in enumerate(values):
        cosines = torch.nn.functional.cosine_similarity(one[image], other[image], dim=0)
        assert value.item() == pytest.approx((2 - 2 * cosines).mean().item(), abs=1e-6)


def test_the_scale_of_features_has_no_effect():
    one, other = torch.rand(2, 4, 3, 3), torch.rand(2, 4, 3, 3)
    scaled = perceptual_distance({"a": one * 300}, {"a": other / 7})
    assert torch.allclose(scaled, perceptual_distance({"a": one}, {"a": other}))


def test_inactive_positions_of_both_do_not_differ():
    nothing = torch.zeros(1, 4, 2, 2)
    assert perceptual_distance({"a": nothing}, {"a": nothing}).item() == 0


def test_the_metric_is_zero_for_equal_faces_and_reads_the_stated_layers(faces):
    image, target = faces
    metric = PerceptualDistance(device="cpu")
    assert isinstance(metric, FaceScorer)
    assert metric.score(target + 1e-4, {"hr_target": target})["perceptual"].tolist() == [0, 0, 0]
    scores = metric.score(image, {"hr_target": target})["perceptual"]
    vgg = VGG16Features(["conv1_2", "conv2_2", "conv3_3"], scales={})
    assert torch.allclose(scores, perceptual_distance(vgg(image), vgg(target)), atol=1e-5)
    assert (scores > 0.01).all()


def test_more_noise_is_further(faces):
    image, target = faces
    metric = PerceptualDistance(device="cpu")
    near = metric.score((image + 3 * target) / 4, {"hr_target": target})["perceptual"]
    assert (near < metric.score(image, {"hr_target": target})["perceptual"]).all()


def test_it_is_built_by_name_and_averages_faces(faces):
    metric = METRICS.build(dict(type="PerceptualDistance", prefix="v", layers=["pool1"]))
    image, target = faces
    samples = [
        {"hr_restored": one, "hr_target": two} for one, two in zip(image, target, strict=True)
    ]
    metric.process(None, samples[:2])
    metric.process(None, samples[2:])
    expected = metric.score(image, {"hr_target": target})["perceptual"].mean().item()
    assert metric.evaluate(3) == {"v/perceptual": pytest.approx(expected, abs=1e-6)}
    assert "pool1" in metric.protocol


def test_features_of_different_layers_are_refused():
    features = {"a": torch.rand(1, 2, 2, 2)}
    with pytest.raises(ContractError, match="expected the same layers"):
        perceptual_distance(features, {"b": features["a"]})
