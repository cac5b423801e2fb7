"""An ``occluder_mask`` goes with its picture through transforms, batches and the preprocessor."""

import cv2
import numpy as np
import pytest
import torch

from fcsrlib.data import (
    AlignFace,
    CentreCrop,
    FacePreprocessor,
    OccludedFaces,
    RandomCrop,
    RandomMirror,
    RandomRotation,
    pack_faces,
)
from fcsrlib.data.sample import make_sample
from fcsrlib.errors import DataError


@pytest.fixture
def covered():
    """Return a black face with a white square, of which the mask tells."""
    image = np.zeros((144, 144, 3), np.uint8)
    image[40:90, 30:70] = 255
    points = np.full((81, 2), np.nan, np.float32)
    points[36:42], points[42:48], points[48:68] = (60, 70), (90, 76), (70, 105)
    sample = make_sample("a.png", image, points)
    return {**sample, "occluder_mask": (image[..., 0] > 0).astype(np.uint8)}


@pytest.mark.parametrize(
    "transform",
    [RandomCrop(), CentreCrop(), RandomMirror(1.0), RandomRotation(40), AlignFace()],
    ids=lambda one: type(one).__name__,
)
def test_the_mask_stays_on_what_it_marks(transform, covered):
    draw = transform.draw(covered, np.random.default_rng(1))
    sample = transform.apply(covered, draw)
    mask = sample["occluder_mask"]
    assert mask.dtype == np.uint8 and mask.shape == sample["hr_target"].shape[:2]
    assert np.array_equal(mask, sample["hr_target"][..., 0] >= 128)
    plain = {name: value for name, value in covered.items() if name != "occluder_mask"}
    assert "occluder_mask" not in transform.apply(plain, draw)


def test_the_model_gets_one_channel_of_zeros_and_ones(covered):
    batch = pack_faces([covered, covered])
    assert batch["occluder_mask"].shape == (2, 1, 144, 144)
    made = FacePreprocessor(scale=None)(batch)["occluder_mask"]
    assert made.dtype == torch.float32 and made.shape == (2, 1, 144, 144)
    assert torch.equal(made[0, 0], torch.from_numpy(covered["occluder_mask"]).float())


def write_folder(root, mask_shape=(218, 178)):
    for folder in ("images", "hole_masks"):
        (root / folder).mkdir()
    for name in ("a", "b", "c"):
        cv2.imwrite(str(root / "images" / f"{name}.png"), np.full((218, 178, 3), 9, np.uint8))
    mask = np.zeros(mask_shape, np.uint8)
    mask[109:] = 255
    for name in ("a", "c"):
        cv2.imwrite(str(root / "hole_masks" / f"{name}.png"), mask)


def test_images_with_a_mask_are_read_in_celebas_frame(tmp_path):
    write_folder(tmp_path)
    faces = OccludedFaces(tmp_path)
    assert faces.names == ["a.png", "c.png"] and len(OccludedFaces(tmp_path, max_images=1)) == 1
    sample = faces.read(1)
    assert sample["name"] == "c.png" and sample["hr_target"].shape == (144, 144, 3)
    # Row 109 of 218 is the middle of rows 20 to 197.
    assert sample["occluder_mask"][:72].sum() == 0 and sample["occluder_mask"][72:].all()


def test_a_mask_of_another_size_is_refused(tmp_path):
    write_folder(tmp_path, (178, 178))
    with pytest.raises(DataError, match="a.png is 178x178; expected 178x218 like its image"):
        OccludedFaces(tmp_path).read(0)


def test_masks_that_belong_to_no_image_are_refused(tmp_path):
    write_folder(tmp_path)
    for name in ("a", "c"):
        (tmp_path / "images" / f"{name}.png").unlink()
    with pytest.raises(DataError, match="none of which is the stem of an image"):
        OccludedFaces(tmp_path)
