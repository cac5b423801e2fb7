import math

import pytest
import torch

from fcsrlib.errors import ContractError
from fcsrlib.metrics import MaskAccuracy, compare_masks


def make_mask(rows):
    mask = torch.zeros(1, 8, 8)
    mask[:, rows] = 1
    return mask


def make_sample(found_rows, true_rows):
    logits = (make_mask(found_rows) - 0.5) * 6
    return dict(name="a", occlusion_logits=logits, occluder_mask=make_mask(true_rows))


def evaluate(samples, batch_size=2, **options):
    metric = MaskAccuracy(**options)
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start : start + batch_size])
    return metric.evaluate(len(samples))


def test_figures_worked_by_hand():
    covered = make_sample(slice(2, 6), slice(4, 8))  # rows 4 and 5 of 2..7
    bare = make_sample(slice(0, 2), slice(0, 0))
    assert evaluate([covered, bare, make_sample(slice(0, 0), slice(0, 0))]) == pytest.approx(
        dict(mask_iou=2 / 6, mask_precision=0.5, mask_recall=0.5, false_area=0.25 / 2, num_images=3)
    )


def test_every_face_counts_the_same_whatever_the_size_of_its_mask():
    small, large = make_sample([0], [0, 1]), make_sample(slice(0, 8), slice(0, 8))
    assert evaluate([small, large], 1)["mask_iou"] == pytest.approx((0.5 + 1) / 2)


def test_what_was_missed_altogether_has_no_precision():
    figures = evaluate([make_sample(slice(0, 0), slice(0, 4))])
    assert figures["mask_iou"] == figures["mask_recall"] == 0
    assert math.isnan(figures["mask_precision"]) and math.isnan(figures["false_area"])


def test_the_threshold_is_one_of_probabilities():
    sample = make_sample(slice(0, 4), slice(0, 8))
    assert evaluate([sample], threshold=0.01)["mask_recall"] == 1  # sigmoid(-3) is 0.047
    assert evaluate([sample], threshold=0.99)["mask_recall"] == 0


def test_figures_agree_with_a_count_over_pixels():
    generator = torch.Generator().manual_seed(0)
    found, truth = (torch.rand(4, 1, 8, 8, generator=generator) > 0.5 for _ in range(2))
    for i, iou in enumerate(compare_masks(found, truth)["mask_iou"].tolist()):
        pairs = list(zip(found[i].flatten().tolist(), truth[i].flatten().tolist(), strict=True))
        assert iou == pytest.approx(sum(a and b for a, b in pairs) / sum(a or b for a, b in pairs))


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ContractError, match="expected one shape"):
        compare_masks(torch.ones(1, 1, 4, 4) > 0, torch.ones(1, 1, 2, 2) > 0)
    with pytest.raises(ContractError, match="threshold is 1; expected"):
        MaskAccuracy(threshold=1)
    with pytest.raises(ContractError, match="no 'occluder_mask'"):
        evaluate([dict(occlusion_logits=torch.zeros(1, 4, 4))])
