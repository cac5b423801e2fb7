import struct

import cv2
import numpy as np
import pytest

from fcsrlib.data import FaceFolder
from fcsrlib.data.splits import assign_split
from fcsrlib.errors import ConfigError, DataError, UndecodableImageError

ALL = (0, 0, 1)


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1])


def test_images_are_found_recursively_in_sorted_order(tmp_path):
    for name in ("b.png", "a/z.jpg", "a/b/c.JPEG", ".hidden/x.png", "._b.png"):
        write(tmp_path / name, np.zeros((150, 150, 3), np.uint8))
    (tmp_path / "notes.txt").write_text("no image")
    assert FaceFolder(tmp_path, "test", shares=ALL).names == ["a/b/c.JPEG", "a/z.jpg", "b.png"]
    assert len(FaceFolder(tmp_path, "test", max_images=2, shares=ALL)) == 2


def test_splits_partition_the_folder_and_follow_the_name_alone():
    names = [f"person/{number}.png" for number in range(4000)]
    splits = [assign_split(name, (0.8, 0.1, 0.1)) for name in names]
    shares = [splits.count(split) / len(names) for split in ("train", "val", "test")]
    np.testing.assert_allclose(shares, (0.8, 0.1, 0.1), atol=0.02)
    # Fixed for good: another value would move somebody's test images into training.
    assert [row for row in range(40) if splits[row] == "val"] == [10, 11, 21, 30, 32, 36]
    assert [row for row in range(40) if splits[row] == "test"] == [2, 3, 15, 18, 26]


def test_the_central_square_is_shrunk(tmp_path):
    image = np.zeros((288, 400, 3), np.uint8)
    image[:, 56:344] = (10, 200, 30)
    write(tmp_path / "wide.png", image)
    sample = FaceFolder(tmp_path, "test", shares=ALL).read(0)
    assert sample["hr_target"].shape == (144, 144, 3)
    assert (sample["hr_target"] == (10, 200, 30)).all()
    assert np.isnan(sample["landmarks"]).all() and sample["identity"] == -1


def test_exif_orientation_is_honoured(tmp_path):
    image = np.zeros((144, 144, 3), np.uint8)
    image[:72] = 255
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 3, 0, 0)
    exif = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    (tmp_path / "turned.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    face = FaceFolder(tmp_path, "test", shares=ALL).read(0)["hr_target"]
    assert face[:60].mean() < 5 and face[84:].mean() > 250


def test_a_small_image_is_a_fault_of_the_data_not_undecodable(tmp_path):
    write(tmp_path / "small.png", np.zeros((300, 143, 3), np.uint8))
    with pytest.raises(DataError, match="small.png is 143x300; expected at least 144x144") as error:
        FaceFolder(tmp_path, "test", shares=ALL).read(0)
    assert not isinstance(error.value, UndecodableImageError)


def test_folders_without_a_face_are_refused(tmp_path):
    with pytest.raises(DataError, match="is not a folder"):
        FaceFolder(tmp_path / "absent")
    with pytest.raises(DataError, match="has no image; expected .bmp"):
        FaceFolder(tmp_path)
    write(tmp_path / "a.png", np.zeros((150, 150, 3), np.uint8))
    with pytest.raises(DataError, match="None of the 1 images .* split 'val'"):
        FaceFolder(tmp_path, "val", shares=ALL)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.2, 0.1), (1.2, -0.1, -0.1)])
def test_shares_that_do_not_sum_to_one_are_refused(tmp_path, shares):
    with pytest.raises(ConfigError, match="expected three shares"):
        FaceFolder(tmp_path, shares=shares)


def test_a_name_in_another_encoding_is_refused():
    with pytest.raises(DataError, match=r"name b'm\\xfcller.png' is not UTF-8; rename it"):
        assign_split("m\udcfcller.png", ALL)
