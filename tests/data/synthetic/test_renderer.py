"""Rendered faces and the truth that comes with them."""

import cv2
import numpy as np
import pytest

from fcsrlib.data.landmarks import MIRROR_81
from fcsrlib.data.synthetic import RenderedFaces, draw_faces, render_faces
from fcsrlib.errors import DataError

SIDE = 160
OUTLINES = {
    "image-right eye is the left one": (range(42, 48), 4),
    "image-left eye is the right one": (range(36, 42), 5),
    "image-left brow is the right one": (range(17, 22), 3),
    "image-right brow is the left one": (range(22, 27), 2),
    "nose ridge": (range(27, 31), 6),
    "nose base": (range(31, 36), 6),
    "upper lip": (range(49, 54), 7),
    "lower lip": (range(55, 60), 9),
}


@pytest.fixture(scope="module")
def crowd() -> RenderedFaces:
    return render_faces(draw_faces(96, 96, seed=11), SIDE)


def _distance_to_class(faces: RenderedFaces, face: int, label: int) -> np.ndarray:
    """Return the distance in pixels of each pixel to the class, or infinity where it is absent."""
    is_other = (faces.parsing[face] != label).astype(np.uint8)
    if is_other.all():
        return np.full((SIDE, SIDE), np.inf)
    return cv2.distanceTransform(is_other, cv2.DIST_L2, 5)


def _read(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = np.rint(points).astype(int).clip(0, SIDE - 1).T
    return field[y, x]


def test_shapes_and_types(crowd: RenderedFaces) -> None:
    assert crowd.image.shape == (96, SIDE, SIDE, 3) and crowd.image.dtype == np.uint8
    assert crowd.landmarks.shape == (96, 81, 2) and crowd.landmarks.dtype == np.float32
    assert crowd.parsing.shape == (96, SIDE, SIDE) and crowd.parsing.dtype == np.uint8
    assert crowd.identity.shape == (96,) and crowd.identity.dtype == np.int64
    assert crowd.parsing.max() == 10


def test_a_face_has_the_same_bytes_alone_and_in_any_block() -> None:
    parameters = draw_faces(35, 35, seed=2)
    together = render_faces(parameters, 64)
    alone = render_faces(parameters.take(slice(18, 19)), 64)
    np.testing.assert_array_equal(together.image[18:19], alone.image)
    np.testing.assert_array_equal(together.parsing[18:19], alone.parsing)
    np.testing.assert_array_equal(together.landmarks[18:19], alone.landmarks)


@pytest.mark.parametrize("name", OUTLINES)
def test_points_lie_on_the_part_they_name(crowd: RenderedFaces, name: str) -> None:
    chosen, label = OUTLINES[name]
    distances = [
        _read(_distance_to_class(crowd, face, label), crowd.landmarks[face, list(chosen)])
        for face in range(len(crowd.image))
    ]
    # Glasses, a fringe or long hair may lie over a part; the point stays where the part is.
    assert np.mean(np.array(distances) <= 1.5) > (0.97 if label > 5 else 0.9)


def test_hairline_points_lie_between_hair_and_skin(crowd: RenderedFaces) -> None:
    close = []
    for face in np.flatnonzero((crowd.parsing == 10).mean((1, 2)) > 0.08):
        points = crowd.landmarks[face, 68:]
        hair = _read(_distance_to_class(crowd, face, 10), points)
        skin = _read(_distance_to_class(crowd, face, 1), points)
        close.append((hair < 4) & (skin < 4))
    assert np.mean(close) > 0.9


def test_the_chin_lies_between_skin_and_neck(crowd: RenderedFaces) -> None:
    for face in range(len(crowd.image)):
        chin = crowd.landmarks[face, 8:9]
        assert _read(_distance_to_class(crowd, face, 1), chin) <= 1.5
        assert _read(crowd.parsing[face], chin + [0, 3]) in (0, 10)


def test_the_mean_shape_is_its_own_mirror_image() -> None:
    landmarks = render_faces(draw_faces(400, 400, seed=1), 16).landmarks / 16
    mean = landmarks.mean(0)
    mirrored = mean[list(MIRROR_81)] * [-1, 1]
    mirrored[:, 0] += 2 * mean[:, 0].mean()
    np.testing.assert_allclose(mirrored, mean, atol=0.012)


def test_eyes_lie_where_aligned_celeba_has_them(crowd: RenderedFaces) -> None:
    centres = crowd.landmarks[:, 36:48].reshape(-1, 2, 6, 2).mean((0, 2)) + 0.5
    np.testing.assert_allclose(centres / SIDE, [[0.393, 0.517], [0.612, 0.517]], atol=0.01)


def test_every_part_is_seen_in_nearly_every_face(crowd: RenderedFaces) -> None:
    seen = np.array([np.bincount(p.ravel(), minlength=11) > 0 for p in crowd.parsing]).mean(0)
    assert (seen[[0, 1, 2, 3, 4, 5, 6, 7, 9]] > 0.95).all()
    assert seen[10] > 0.85
    assert 0.4 < seen[8] < 0.9


def test_faces_differ_from_each_other(crowd: RenderedFaces) -> None:
    small = crowd.image[:, ::5, ::5].astype(np.float32).reshape(96, -1)
    apart = np.abs(small[:, None] - small[None]).mean(-1) + 255 * np.eye(96)
    assert apart.min() > 8
    assert np.median(apart) > 35


def test_a_smaller_rendering_is_the_larger_one_shrunk() -> None:
    parameters = draw_faces(8, 8, seed=4)
    small, large = render_faces(parameters, 64), render_faces(parameters, 256)
    shrunk = large.image.reshape(8, 64, 4, 64, 4, 3).mean((2, 4))
    assert np.abs(shrunk - small.image).mean() < 4
    assert (large.parsing[:, 2::4, 2::4] == small.parsing).mean() > 0.97
    np.testing.assert_allclose((large.landmarks + 0.5) / 4, small.landmarks + 0.5, atol=1e-3)


def test_a_person_looks_more_like_itself_than_like_others() -> None:
    faces = render_faces(draw_faces(40, 10, seed=6), 64)
    shape = faces.landmarks[:, :17] - faces.landmarks[:, :17].mean(1, keepdims=True)
    apart = np.abs(shape[:, None] - shape[None]).mean((-1, -2))
    same = faces.identity[:, None] == faces.identity[None]
    assert apart[same & ~np.eye(40, dtype=bool)].mean() < 0.75 * apart[~same].mean()


def test_a_side_too_small_is_refused() -> None:
    with pytest.raises(DataError, match="side is 8; expected at least 16"):
        render_faces(draw_faces(1), 8)
