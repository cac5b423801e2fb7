import cv2
import numpy as np
import pytest
import torch

from fcsrlib.engine.strip import draw_strip, write_picture
from fcsrlib.errors import FCSRError


def make_face(**changes):
    hole_mask = torch.zeros(1, 8, 8)
    hole_mask[:, 2:4, 2:4] = 1
    face = dict(
        lr_masked=torch.full((3, 8, 8), 0.2) * (1 - hole_mask),
        hole_mask=hole_mask,
        lr_composite=torch.full((3, 8, 8), 0.4),
        hr_coarse=None,
        hr_restored=torch.full((3, 32, 32), 2.0),
        hr_target=torch.full((3, 32, 32), 0.8),
    )
    return {**face, **changes}


def test_a_strip_has_a_header_a_row_a_face_and_a_column_an_image():
    strip = draw_strip([make_face(), make_face()])
    assert strip.shape == (22 + 2 * 34, 4 * 34, 3) and strip.dtype == np.uint8
    assert strip[22 + 1, 1].tolist() == [51] * 3  # visible, 0.2
    assert strip[22 + 9, 9].tolist() == [191] * 3  # the hole is grey, 0.75
    assert strip[22 + 9, 34 + 9].tolist() == [102] * 3
    assert strip[22 + 9, 2 * 34 + 9].tolist() == [255] * 3  # clamped
    assert strip[22 + 9, 3 * 34 + 9].tolist() == [204] * 3


def test_images_the_stage_does_not_make_have_no_column():
    assert draw_strip([make_face(hr_restored=None)]).shape[1] == 3 * 34
    assert draw_strip([make_face(hr_coarse=torch.zeros(3, 32, 32))]).shape[1] == 5 * 34


def test_the_true_lr_face_stands_in_for_the_missing_restored_one():
    lr_target = torch.full((3, 8, 8), 0.6)
    strip = draw_strip([make_face(hr_restored=None, lr_target=lr_target)])
    assert strip.shape[1] == 4 * 34
    assert strip[22 + 9, 2 * 34 + 9].tolist() == [153] * 3
    assert draw_strip([make_face(lr_target=lr_target)]).shape[1] == 4 * 34


def test_a_picture_is_written_whole_in_rgb(tmp_path):
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[..., 0] = 255
    path = tmp_path / "new" / "a.png"
    write_picture(picture, path)
    read = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert (read == picture).all()
    assert [one.name for one in path.parent.iterdir()] == ["a.png"]


def test_a_picture_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FCSRError, match="a.png could not be written"):
        write_picture(np.zeros((4, 4, 3), np.uint8), tmp_path / "file" / "a.png")
