import numpy as np
import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.metrics import count_overlap, mean_iou, parsing_iou


@pytest.fixture
def maps():
    """Return predicted and true labels (4, 8, 8) of 5 classes, some unknown; the last wholly."""
    generator = torch.Generator().manual_seed(0)
    prediction, target = torch.randint(0, 5, (2, 4, 8, 8), generator=generator)
    target[:, :2] = 255
    target[3] = 255
    return prediction, target


def test_counts_of_four_pixels_by_hand():
    prediction, target = torch.tensor([[[0, 1], [1, 2]]]), torch.tensor([[[0, 1], [2, 255]]])
    intersection, union = count_overlap(prediction, target, 4)
    assert intersection.tolist() == [[1, 1, 0, 0]]
    assert union.tolist() == [[1, 2, 1, 0]]
    ious = parsing_iou(intersection, union)[0]
    assert ious[:3].tolist() == [1, 0.5, 0]
    assert ious[3].isnan()
    assert mean_iou(intersection, union).tolist() == [0.5]


def make_loop_counts(prediction, target, num_classes):
    intersection, union = torch.zeros(2, len(target), num_classes)
    for image in range(len(target)):
        known = target[image] != 255
        for label in range(num_classes):
            ours = (prediction[image] == label) & known
            theirs = (target[image] == label) & known
            intersection[image, label] = (ours & theirs).sum()
            union[image, label] = (ours | theirs).sum()
    return intersection.double(), union.double()


def test_counts_agree_with_a_slow_loop_and_an_image_without_labels_has_none(maps):
    intersection, union = count_overlap(*maps, 5)
    expected = make_loop_counts(*maps, 5)
    assert torch.equal(intersection[:3], expected[0][:3])
    assert torch.equal(union[:3], expected[1][:3])
    assert intersection[3].isnan().all()
    assert union[3].isnan().all()


def test_sums_over_images_are_those_of_one_large_image(maps):
    prediction, target = maps
    intersection, union = (counts[:3].sum(0) for counts in count_overlap(*maps, 5))
    ours, theirs = prediction[target != 255].numpy(), target[target != 255].numpy()
    pairs = np.histogram2d(ours, theirs, bins=np.arange(6) - 0.5)[0]
    expected = np.mean(np.diag(pairs) / (pairs.sum(0) + pairs.sum(1) - np.diag(pairs)))
    assert mean_iou(intersection, union).item() == pytest.approx(expected, abs=1e-12)
    per_image = mean_iou(*count_overlap(prediction[:3], target[:3], 5)).mean().item()
    assert per_image != pytest.approx(expected, abs=1e-4), "a mean of means is another number"


def test_the_largest_logit_is_the_label(maps):
    prediction, target = maps
    logits = torch.nn.functional.one_hot(prediction, 5).movedim(-1, 1) * 3.0 - 1
    for one, other in zip(
        count_overlap(logits, target, 5), count_overlap(prediction, target, 5), strict=True
    ):
        assert torch.equal(one.nan_to_num(-1), other.nan_to_num(-1))


def test_equal_maps_have_an_iou_of_one(maps):
    intersection, union = count_overlap(maps[0], maps[0], 5)
    assert mean_iou(intersection, union).tolist() == [1, 1, 1, 1]


def test_every_image_is_counted_alone(maps):
    alone = torch.cat([count_overlap(p[None], t[None], 5)[0] for p, t in zip(*maps, strict=True)])
    assert torch.equal(alone.nan_to_num(-1), count_overlap(*maps, 5)[0].nan_to_num(-1))


def test_what_is_predicted_for_unknown_pixels_has_no_effect(maps):
    prediction, target = maps
    expected = count_overlap(prediction, target, 5)
    for other in (prediction.where(target != 255, 255), prediction.where(target != 255, 4)):
        for one, two in zip(count_overlap(other, target, 5), expected, strict=True):
            assert torch.equal(one.nan_to_num(-1), two.nan_to_num(-1))


def test_bad_input_is_refused(maps):
    prediction, target = maps
    with pytest.raises(ContractError, match=r"prediction is \(4, 8, 8\) and target \(4, 4, 8\)"):
        count_overlap(prediction, target[:, ::2], 5)
    with pytest.raises(ContractError, match="prediction has labels 0 to 4; expected 0 to 3"):
        count_overlap(prediction, target, 4)
    with pytest.raises(ContractError, match="target has labels .* to 9; expected 0 to 4, or 255"):
        count_overlap(prediction, target.where(target == 255, 9), 5)
