import cv2
import numpy as np
import pytest

from fcsrlib.data import CelebA
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.preparation import preview
from fcsrlib.preparation.previewing import draw_face


def test_each_face_stands_beside_its_annotations(celeba, tmp_path):
    sheet = preview(celeba.root, tmp_path / "sheet.png", count=2)
    picture = cv2.imread(str(sheet))[..., ::-1]
    assert picture.shape == (144, 4 * 144, 3)
    faces = [CelebA(celeba.root).read(index) for index in (0, 1)]
    for column, face in ((0, faces[0]), (288, faces[1])):
        assert np.array_equal(picture[:, column : column + 144], face["hr_target"])
        drawn = picture[:, column + 144 : column + 288]
        assert not np.array_equal(drawn, face["hr_target"])


def test_a_landmark_is_a_white_dot_at_its_place_and_unknown_parts_are_bare(celeba):
    sample = CelebA(celeba.root).read(1)
    sample["hr_target"] = np.zeros((144, 144, 3), np.uint8)
    sample["landmarks"] = np.full((81, 2), np.nan, np.float32)
    sample["landmarks"][7] = (40, 100)
    drawn = draw_face(sample)[:, 144:]
    assert (drawn[100, 40] == 255).all()
    assert drawn[:90].max() == 0


def test_damaged_faces_are_left_out(celeba, tmp_path):
    celeba.truncate("000004.jpg")
    assert cv2.imread(str(preview(celeba.root, tmp_path / "s.png", split="val"))).shape[1] == 288
    celeba.truncate("000005.jpg")
    with pytest.raises(DataError, match="none of 2 faces of 'val' can be decoded"):
        preview(celeba.root, tmp_path / "sheet.png", split="val")


@pytest.mark.parametrize(
    ("sheet", "count", "message"),
    [("sheet.jpg", 1, "is no name of a PNG file"), ("s.png", 0, "--count is 0; expected at least")],
)
def test_bad_arguments_are_refused(celeba, tmp_path, sheet, count, message):
    with pytest.raises(ConfigError, match=message):
        preview(celeba.root, tmp_path / sheet, count=count)
