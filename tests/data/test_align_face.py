import numpy as np
import pytest

from fcsrlib.data import AlignFace
from fcsrlib.data.align_face import find_anchors
from fcsrlib.data.image_files import read_image
from fcsrlib.data.sample import make_sample
from fcsrlib.data.similarity import (
    make_resizing,
    make_rotation,
    move_image,
    move_labels,
    move_points,
)
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import TRANSFORMS

ALIGN = AlignFace()
TARGETS = [(56.13, 73.93), (87.68, 73.93), (71.90, 108.31)]  # (69.5, 91.5) * 144 / 178 ...


def place(sample, matrix, side):
    """Return the photograph in which the face of ``sample`` lies where ``matrix`` puts it."""
    return make_sample(
        "photo.jpg",
        move_image(sample["hr_target"], matrix, side),
        move_points(sample["landmarks"], matrix),
        move_labels(sample["parsing"], matrix, side),
    )


def without_points(sample):
    return {**sample, "landmarks": np.full((81, 2), np.nan, np.float32)}


def test_eyes_and_mouth_come_to_celebas_place(photos):
    for photo in photos:
        anchors = find_anchors(ALIGN.apply(photo, {}))
        np.testing.assert_allclose(anchors.mean(0), np.mean(TARGETS, 0), atol=0.05)
        np.testing.assert_allclose(anchors, TARGETS, atol=4)  # faces differ in their proportions
        assert abs(anchors[0, 1] - anchors[1, 1]) < 1


def test_a_celeba_face_stays_where_celebas_reader_puts_it(celeba):
    points = np.full((7, 81, 2), np.nan, np.float32)
    points[:, 36:42], points[:, 42:48] = (69.5, 111.5), (108.5, 111.5)
    points[:, 48], points[:, 54] = (79, 150), (99, 158)
    celeba.write_points(points)
    expected = celeba.open().read(0)
    raw = make_sample("raw", read_image(celeba.image_path("000001.jpg")), points[0])
    aligned = ALIGN.apply(raw, {})
    np.testing.assert_allclose(aligned["landmarks"], expected["landmarks"], atol=1e-3)
    difference = np.abs(aligned["hr_target"].astype(int) - expected["hr_target"])
    assert difference.mean() < 1


@pytest.mark.parametrize("degrees,side", [(0, 384), (35, 320), (-120, 160)])
def test_size_and_turn_of_the_photograph_do_not_matter(photos, degrees, side):
    expected = ALIGN.apply(photos[0], {})
    photo = place(photos[0], make_rotation(degrees, 192), 192)
    photo = place(photo, make_resizing((192, 192), (side, side)), side)
    aligned = ALIGN.apply(photo, {})
    np.testing.assert_allclose(aligned["landmarks"], expected["landmarks"], atol=0.01)
    inside = slice(40, 110)
    difference = np.abs(aligned["hr_target"].astype(float) - expected["hr_target"])
    assert difference[inside, inside].mean() < 8
    same = aligned["parsing"] == expected["parsing"]
    assert same[inside, inside].mean() > 0.93


def test_labels_of_another_resolution_are_carried_along(photos):
    full = ALIGN.apply(photos[1], {})
    half = move_labels(photos[1]["parsing"], make_resizing((192, 192), (96, 96)), 96)
    aligned = ALIGN.apply({**photos[1], "parsing": half}, {})
    assert np.array_equal(aligned["hr_target"], full["hr_target"])
    assert (aligned["parsing"] == full["parsing"]).mean() > 0.95
    assert np.isin(aligned["parsing"], [*np.unique(half), 255]).all()


def test_labels_tell_the_place_where_landmarks_do_not(photos):
    by_points = ALIGN.apply(photos[2], {})
    by_labels = ALIGN.apply(without_points(photos[2]), {})
    assert np.isnan(by_labels["landmarks"]).all()
    anchors = [find_anchors(without_points(face)) for face in (by_points, by_labels)]
    np.testing.assert_allclose(*anchors, atol=3)


def test_exchanged_eye_labels_do_not_turn_the_face_over(photos):
    photo = without_points(photos[2])
    labels = photo["parsing"].copy()
    labels[photo["parsing"] == 4], labels[photo["parsing"] == 5] = 5, 4
    exchanged = ALIGN.apply({**photo, "parsing": labels}, {})
    assert np.array_equal(exchanged["hr_target"], ALIGN.apply(photo, {})["hr_target"])


def test_a_face_without_annotations_is_taken_from_the_given_place(face):
    bare = make_sample("bare.jpg", face["hr_target"])
    anchors = (np.array(TARGETS) + 0.5) / 144
    aligned = AlignFace(anchors=anchors).apply(bare, {})
    assert np.abs(aligned["hr_target"].astype(int) - face["hr_target"]).mean() < 8
    with pytest.raises(DataError, match="bare.jpg has neither landmarks nor labels of eyes"):
        ALIGN.apply(bare, {})


def test_impossible_annotations_are_refused(face):
    with pytest.raises(DataError, match="face.png: eyes and mouth coincide"):
        ALIGN.apply({**face, "landmarks": np.ones((81, 2), np.float32)}, {})
    with pytest.raises(DataError, match="face.png is 144x144 and its label map 144x72"):
        ALIGN.apply({**face, "parsing": face["parsing"][:72]}, {})


@pytest.mark.parametrize(
    "options,message",
    [(dict(side=0), "side is 0; expected at least 1"), (dict(anchors=[[0.5, 0.5]]), "anchors is")],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(dict(type="AlignFace", **options))
