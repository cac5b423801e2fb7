import numpy as np
import pytest

from fcsrlib.data import CentreCrop, ColourJitter, Compose, RandomCrop, RandomMirror
from fcsrlib.data.landmarks import MIRROR_81
from fcsrlib.data.sample import make_sample
from fcsrlib.errors import ConfigError, DataError
from fcsrlib.registry import TRANSFORMS

EVERY = [
    RandomCrop(),
    CentreCrop(),
    RandomMirror(),
    ColourJitter(0.4, 0.4, 0.4),
    Compose([RandomCrop(), RandomMirror(), ColourJitter(0.2)]),
]


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


def copy(sample):
    return {key: np.copy(value) for key, value in sample.items()}


@pytest.mark.parametrize("transform", EVERY, ids=lambda one: type(one).__name__)
def test_the_effect_follows_from_the_draw_and_keeps_the_input(transform, face):
    before = copy(face)
    for seed in range(6):
        draw = transform.draw(face, np.random.default_rng(seed))
        assert draw == transform.draw(face, np.random.default_rng(seed))
        assert equal(transform.apply(face, draw), transform.apply(face, draw))
    assert equal(face, before)


def test_composing_in_one_go_equals_drawing_and_applying(face):
    pipeline = Compose([dict(type="RandomCrop"), RandomMirror(), ColourJitter(0.3, 0.3, 0.3)])
    draw = pipeline.draw(face, np.random.default_rng(3))
    assert equal(pipeline(face, np.random.default_rng(3)), pipeline.apply(face, draw))


@pytest.mark.parametrize("mirror", [False, True])
def test_a_dot_is_found_where_its_landmark_says_after_crop_and_mirror(mirror):
    image = np.zeros((144, 144, 3), np.uint8)
    labels = np.zeros((144, 144), np.uint8)
    landmarks = np.full((81, 2), np.nan, np.float32)
    landmarks[36], image[60, 40], labels[60, 40] = (40, 60), 255, 5
    sample = make_sample("dot", image, landmarks, labels)
    sample = RandomCrop().apply(sample, {"left": 5, "top": 11})
    sample = RandomMirror().apply(sample, {"mirror": mirror})
    point, label = (45, 4) if mirror else (36, 5)
    x, y = sample["landmarks"][point].astype(int)
    assert (x, y) == ((127 - 35, 49) if mirror else (35, 49))
    assert (sample["hr_target"][y, x] == 255).all() and sample["hr_target"].sum() == 3 * 255
    assert sample["parsing"][y, x] == label and np.count_nonzero(sample["parsing"]) == 1
    assert np.isfinite(sample["landmarks"]).all(1).sum() == 1


def test_mirroring_twice_is_nothing(face):
    mirror = RandomMirror()
    once = mirror.apply(face, {"mirror": True})
    assert not equal(once, face)
    twice = mirror.apply(once, {"mirror": True})
    np.testing.assert_allclose(twice.pop("landmarks"), face.pop("landmarks"), atol=1e-4)
    assert equal(twice, face)


def test_mirroring_swaps_left_and_right_labels(face):
    labels = np.arange(11, dtype=np.uint8).repeat(11).reshape(11, 11)
    sample = make_sample("labels", np.zeros((11, 11, 3), np.uint8), parsing=labels)
    mirrored = RandomMirror().apply(sample, {"mirror": True})["parsing"][:, 0]
    assert mirrored.tolist() == [0, 1, 3, 2, 5, 4, 6, 7, 8, 9, 10]
    of_19 = RandomMirror(num_classes=19).apply(sample, {"mirror": True})["parsing"][:, 0]
    assert of_19.tolist() == [0, 1, 2, 3, 5, 4, 7, 6, 9, 8, 10]


def test_mirrored_landmarks_carry_the_other_sides_meaning(face):
    mirrored = RandomMirror().apply(face, {"mirror": True})["landmarks"]
    for point, other in enumerate(MIRROR_81):
        assert mirrored[point, 0] == pytest.approx(143 - face["landmarks"][other, 0], abs=1e-4)
        assert mirrored[point, 1] == face["landmarks"][other, 1]


def test_about_half_the_faces_are_mirrored(face, rng):
    share = np.mean([RandomMirror().draw(face, rng)["mirror"] for _ in range(2000)])
    assert share == pytest.approx(0.5, abs=0.05)
    assert not any(RandomMirror(0).draw(face, rng)["mirror"] for _ in range(50))
    assert all(RandomMirror(1).draw(face, rng)["mirror"] for _ in range(50))


def test_random_crops_reach_every_offset(face, rng):
    draws = [RandomCrop().draw(face, rng) for _ in range(2000)]
    for key in ("left", "top"):
        assert {draw[key] for draw in draws} == set(range(17))


def test_the_centre_crop_is_central(face):
    cropped = CentreCrop().apply(face, {})
    assert (cropped["hr_target"] == face["hr_target"][8:136, 8:136]).all()
    np.testing.assert_allclose(cropped["landmarks"], face["landmarks"] - 8)


@pytest.mark.parametrize("crop", [RandomCrop(200), CentreCrop(200)])
def test_an_image_smaller_than_the_crop_is_named(crop, face, rng):
    with pytest.raises(DataError, match="face.png is 144x144; expected at least 200x200"):
        crop.apply(face, crop.draw(face, rng))


@pytest.mark.parametrize(
    "factors,expected",
    [
        ((1.5, 1, 1), (150, 75, 30)),
        ((1, 0, 1), (62, 62, 62)),  # 0.299 * 100 + 0.587 * 50 + 0.114 * 20 = 61.5
        ((1, 1, 0), (62, 62, 62)),
        ((3, 1, 1), (255, 150, 60)),
        ((1, 1, 1), (100, 50, 20)),
    ],
)
def test_colour_factors_do_what_they_say(factors, expected):
    sample = make_sample("plain", np.full((4, 4, 3), (100, 50, 20), np.uint8))
    draw = dict(zip(("brightness", "contrast", "saturation"), factors, strict=True))
    changed = ColourJitter().apply(sample, draw)["hr_target"].astype(int)
    assert np.abs(changed - expected).max() <= 1


def test_no_strength_means_no_change(face, rng):
    jitter = ColourJitter()
    assert jitter.apply(face, jitter.draw(face, rng)) is face


@pytest.mark.parametrize(
    "config,message",
    [
        (dict(type="RandomMirror", probability=1.5), "probability is 1.5; expected 0 to 1"),
        (dict(type="RandomMirror", num_classes=7), "expected 11 or 19"),
        (dict(type="ColourJitter", contrast=-1), "contrast is -1; expected 0 to 1"),
        (dict(type="RandomCrop", side=0), "expected at least 1"),
    ],
)
def test_bad_arguments_are_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(config)
