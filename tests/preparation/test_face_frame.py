import numpy as np
import pytest

from fcsrlib.data import CelebA, CentreCrop
from fcsrlib.data.image_files import read_image
from fcsrlib.data.similarity import move_points
from fcsrlib.preparation.face_frame import cut_face, map_face_to_image, place_labels

SIZES = [(218, 178), (178, 178), (260, 201)]


def test_the_cut_face_is_what_evaluation_sees(celeba):
    sample = CentreCrop().apply(CelebA(celeba.root).read(0), {})
    image = read_image(celeba.image_path("000001.jpg"))
    assert np.array_equal(cut_face(image), sample["hr_target"])


def test_points_of_the_face_lie_where_the_reader_looks_for_them(celeba):
    stored = np.load(celeba.root / "landmarks_81.npz")["points"][0]
    sample = CentreCrop().apply(CelebA(celeba.root).read(0), {})
    moved = move_points(sample["landmarks"], map_face_to_image(218, 178))
    assert np.abs(moved - stored).max() < 1e-3


def test_the_corners_of_the_face_by_hand():
    corner = move_points(np.array([[-0.5, -0.5]]), map_face_to_image(218, 178))
    # The crop begins 8 of 144 pixels inside the square of 178, which begins 20 rows down.
    assert corner[0] == pytest.approx((8 * 178 / 144 - 0.5, 20 + 8 * 178 / 144 - 0.5), abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_placed_labels_come_back_as_they_were(rng_labels, size):
    placed = place_labels(rng_labels, *size)
    assert placed.shape == size
    assert np.array_equal(cut_labels(placed), rng_labels)
    assert (placed[:20] == 255).all() or size == (178, 178)


@pytest.fixture
def rng_labels():
    return np.random.default_rng(0).integers(0, 11, (128, 128), dtype=np.uint8)


def cut_labels(labels):
    """Read a label map as CelebA's reader and the central crop do."""
    from fcsrlib.data.alignment import crop_square, find_central_square, resize_labels

    left, top = find_central_square(*labels.shape, 178)
    return resize_labels(crop_square(labels, left, top, 178), 144)[8:136, 8:136]
