import shutil

import cv2
import numpy as np
import pytest

from fcsrlib.errors import DataError
from fcsrlib.preparation import check, pack


def run(root, **arguments):
    """Return the lines of a check and its error."""
    said = []
    try:
        check(root, workers=1, say=said.append, **arguments)
    except DataError as error:
        return said, str(error)
    return said, None


def test_a_whole_data_set_is_usable_and_its_contents_are_counted(celeba):
    said, error = run(celeba.root)
    assert error is None
    assert said[0] == f"{celeba.root}: CelebA layout"
    assert said[-1] == f"{celeba.root} is usable"
    assert "train: 3 faces; 3 of 178x218" in said
    assert "  known: landmarks of 3, labels of 2, identities of 3 (3 people)" in said
    assert "test: 2 faces; 2 of 178x218" in said


def test_what_is_not_annotated_is_told(celeba):
    celeba.forget()
    (celeba.root / "identity_CelebA.txt").unlink()
    said, error = run(celeba.root, splits=["val"])
    assert error is None
    assert "  known: landmarks of 0, labels of 0, identities of 0" in said
    assert not any(line.startswith("train") for line in said)


def test_missing_files_are_named(celeba):
    celeba.image_path("000004.jpg").unlink()
    celeba.image_path("000005.jpg").unlink()
    said, error = run(celeba.root)
    assert "2 file(s) of the split 'val'" in error and "000004.jpg, 000005.jpg" in error
    assert any(line.startswith("val: cannot be used") for line in said)
    assert "train: 3 faces; 3 of 178x218" in said  # the others are looked at all the same


def test_undecodable_images_and_label_maps_are_named(celeba):
    celeba.truncate("000003.jpg")
    celeba.label_path("000005.jpg").write_bytes(b"nothing")
    said, error = run(celeba.root)
    assert error == f"{celeba.root} is not usable yet: 2 image(s) cannot be read"
    text = "\n".join(said)
    assert "    000003.jpg: " in text and "is truncated" in text
    assert "    000005.jpg: " in text and "cannot be decoded" in text


def test_copies_are_found_inside_a_split_and_across_splits(celeba):
    shutil.copy(celeba.image_path("000001.jpg"), celeba.image_path("000002.jpg"))
    shutil.copy(celeba.image_path("000004.jpg"), celeba.image_path("000006.jpg"))
    said, error = run(celeba.root)
    assert error is None
    one = "1 images come twice or more in one split: train/000001.jpg = train/000002.jpg"
    across = "1 images come twice or more in several splits: val/000004.jpg = test/000006.jpg"
    assert one in said and across in said


def test_several_workers_find_the_same(make_celeba):
    celeba = make_celeba("0" * 130 + "12")
    celeba.truncate("000100.jpg")
    reports = []
    for workers in (1, 2):
        said = []
        with pytest.raises(DataError, match=r"1 image\(s\) cannot be read"):
            check(celeba.root, workers=workers, say=said.append)
        reports.append([line for line in said if "images/s" not in line])
    assert reports[0] == reports[1]


def test_a_pack_is_checked_too(celeba, tmp_path):
    pack(celeba.root, tmp_path / "pack", workers=1)
    said, error = run(tmp_path / "pack")
    assert error is None
    assert "train: 3 faces; 3 of 144x144" in said
    assert "  known: landmarks of 3, labels of 2, identities of 3 (3 people)" in said
    content = bytearray((tmp_path / "pack" / "faces_train.safetensors").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "pack" / "faces_train.safetensors").write_bytes(content)
    assert "1 image(s) cannot be read" in run(tmp_path / "pack")[1]


def test_a_split_that_is_not_there_names_the_flag_that_leaves_it_out(make_celeba):
    celeba = make_celeba("000")
    _, error = run(celeba.root)
    assert "assigns no image to the split 'val'" in error and "--splits" in error
    assert run(celeba.root, splits=["train"])[1] is None


def test_an_absent_folder_is_refused(tmp_path):
    assert "none is no folder" in run(tmp_path / "none")[1]


def test_photographs_of_covered_faces_are_checked(tmp_path):
    for folder, shape in (("images", (218, 178, 3)), ("hole_masks", (218, 178))):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "1.png"), np.full(shape, 200, np.uint8))
    said, error = run(tmp_path, splits=["test"])
    assert error is None and "test: 1 faces; 1 of 178x218" in said
