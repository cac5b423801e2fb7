import pytest
import torch

from fcsrlib.data.heatmaps import make_heatmaps
from fcsrlib.metrics import PriorAccuracy


def make_samples(shift_px=0.0, num_faces=3):
    """Return faces of 64x64 whose heatmaps are shifted to the right and whose labels are found."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(num_faces, 68, 2, generator=generator) * 40 + 10
    labels = torch.zeros(num_faces, 64, 64, dtype=torch.uint8)
    labels[:, 16:32] = 1
    moved = points + torch.tensor([shift_px, 0.0])
    small = labels[:, ::2, ::2].long()
    logits = torch.nn.functional.one_hot(small, 3).movedim(-1, 1).float() * 10
    return [
        dict(
            name=str(face),
            found_landmarks=make_heatmaps(moved, 64, 32)[face],
            found_parsing=logits[face],
            landmarks=points[face],
            landmark_known=torch.ones(68, dtype=torch.bool),
            parsing=labels[face],
        )
        for face in range(num_faces)
    ]


def evaluate(samples, batch_size=2):
    metric = PriorAccuracy(num_classes=3)
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start : start + batch_size])
    return metric.evaluate(len(samples))


def test_what_is_found_at_its_place_has_no_error_and_full_overlap():
    figures = evaluate(make_samples())
    assert figures["landmark_error"] == pytest.approx(0, abs=1e-6)
    assert figures["parsing_miou"] > 0.95
    assert figures["parsing_iou_2"] != figures["parsing_iou_2"]  # a class that is nowhere
    assert figures["num_images"] == 3


def test_a_shift_is_a_share_of_the_eye_distance():
    samples = make_samples(shift_px=1.5)
    expected = [
        1.5 / (sample["landmarks"][36] - sample["landmarks"][45]).norm().item()
        for sample in samples
    ]
    assert evaluate(samples)["landmark_error"] == pytest.approx(sum(expected) / 3, rel=1e-4)


def test_faces_without_labels_do_not_count():
    samples = make_samples(shift_px=1.5)
    samples[0]["landmark_known"][:] = False
    samples[0]["landmarks"] = samples[0]["landmarks"] * torch.nan
    samples[1]["parsing"] = torch.full_like(samples[1]["parsing"], 255)
    figures, rest = evaluate(samples), evaluate(samples[1:])
    assert figures["landmark_error"] == pytest.approx(rest["landmark_error"])
    kept = evaluate([samples[0], samples[2]])
    assert figures["parsing_miou"] == pytest.approx(kept["parsing_miou"])


def test_the_batch_size_changes_nothing():
    samples = make_samples(shift_px=0.7, num_faces=5)
    one, five = evaluate(samples, 1), evaluate(samples, 5)
    assert one == pytest.approx(five, nan_ok=True, abs=1e-12)
