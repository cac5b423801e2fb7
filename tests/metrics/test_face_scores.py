import pytest
import torch

from fcsrlib.metrics.face_scores import score_hr_faces, score_lr_faces


def make_batch():
    hole_mask = torch.zeros(1, 1, 4, 4)
    hole_mask[..., :2] = 1
    return dict(
        hole_mask=hole_mask,
        lr_target=torch.zeros(1, 3, 4, 4),
        hr_target=torch.zeros(1, 3, 16, 16),
    )


def test_an_error_in_the_hole_alone_counts_there_and_by_its_share_in_the_whole():
    batch = make_batch()
    wrong = torch.zeros(1, 3, 16, 16)
    wrong[..., :8] = 0.2  # 51 of 255: an exact 8-bit value, over half the face
    scores = {name: value.item() for name, value in score_hr_faces(wrong, batch).items()}
    assert scores["hole_psnr"] == pytest.approx(-20 * torch.tensor(0.2).log10().item(), abs=1e-4)
    assert scores["psnr"] == pytest.approx(scores["hole_psnr"] + 3.0103, abs=1e-3)
    assert scores["visible_psnr"] == 100


def test_small_faces_are_scored_in_the_hole_and_as_a_whole():
    batch = make_batch()
    scores = score_lr_faces(0.2 * batch["hole_mask"].expand(1, 3, 4, 4), batch)
    assert scores["lr_psnr"].item() == pytest.approx(scores["lr_hole_psnr"].item() + 3.0103, 1e-4)
