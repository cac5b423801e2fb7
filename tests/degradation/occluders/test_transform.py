import cv2
import numpy as np
import pytest

from fcsrlib.data.sample import make_sample
from fcsrlib.degradation import OCCLUDER_KINDS, DrawOccluder
from fcsrlib.errors import ConfigError
from fcsrlib.registry import TRANSFORMS

SIDE = 144


def make_face(landmarks=None):
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 200, (9, 9, 3), np.uint8)
    return make_sample("a.png", cv2.resize(coarse, (SIDE, SIDE)), landmarks)


def make_landmarks():
    """Return 68 points: an ellipse as jaw, eyes, a nose and a mouth, upright and symmetric."""
    points = np.full((68, 2), 72, np.float32)
    angles = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([72 + 34 * np.cos(angles), 78 + 46 * np.sin(angles)], -1)
    points[27:31, 1] = (74, 80, 86, 92)
    points[36:42], points[42:48], points[48:] = (56, 74), (88, 74), (72, 110)
    return points


@pytest.fixture(params=OCCLUDER_KINDS)
def painted(request):
    face = make_face(make_landmarks())
    transform = DrawOccluder([request.param], 1.0, second=0, compression=0)
    draws = [transform.draw(face, np.random.default_rng(seed)) for seed in range(12)]
    return transform, face, draws


def test_every_kind_covers_a_part_of_the_face_and_looks_different_there(painted):
    transform, face, draws = painted
    for draw in draws:
        sample = transform.apply(face, draw)
        mask = sample["occluder_mask"]
        assert (
            mask.dtype == np.uint8 and mask.shape == (SIDE, SIDE) and set(np.unique(mask)) <= {0, 1}
        )
        assert sample["hr_target"].dtype == np.uint8
    shares = [transform.apply(face, draw)["occluder_mask"].mean() for draw in draws]
    assert 0.02 < np.mean(shares) < 0.6
    changed = np.abs(sample["hr_target"].astype(int) - face["hr_target"]).max(2)
    assert changed[mask == 1].mean() > 15


def test_the_face_is_untouched_beyond_the_shadow(painted):
    transform, face, draws = painted
    for draw in draws:
        sample = transform.apply(face, draw)
        near = cv2.dilate(sample["occluder_mask"], np.ones((61, 61), np.uint8))
        same = (sample["hr_target"] == face["hr_target"]).all(2)
        assert same[near == 0].all()


def test_equal_draws_give_equal_faces_and_the_input_is_kept(painted):
    transform, face, draws = painted
    before = face["hr_target"].copy()
    one, again = (transform.apply(face, draws[0]) for _ in range(2))
    other = transform.apply(face, draws[1])
    assert all(np.array_equal(one[name], again[name]) for name in ("hr_target", "occluder_mask"))
    assert not np.array_equal(one["occluder_mask"], other["occluder_mask"])
    assert np.array_equal(face["hr_target"], before) and "occluder_mask" not in face


def test_the_mask_follows_the_landmarks_and_not_the_picture():
    points = make_landmarks()
    transform = DrawOccluder(["face_mask"], 1.0, second=0, compression=0)
    face, moved = make_face(points), make_face(points - (7, 5))
    moved["hr_target"] = 255 - moved["hr_target"]
    draw = transform.draw(face, np.random.default_rng(3))
    mask, follower = (transform.apply(one, draw)["occluder_mask"] for one in (face, moved))
    assert np.array_equal(mask[30:-10, 10:-10], follower[25:-15, 3:-17])


@pytest.mark.parametrize("side", [144, 128])
def test_without_landmarks_a_mask_lies_over_the_mean_faces_mouth(side):
    face = make_sample("a.png", np.full((side, side, 3), 128, np.uint8))
    transform = DrawOccluder(["face_mask"], 1.0, second=0)
    offset = (144 - side) // 2
    for seed in range(10):
        draw = transform.draw(face, np.random.default_rng(seed))
        mask = transform.apply(face, draw)["occluder_mask"]
        assert mask[110 - offset, 72 - offset] == 1  # the mouth
        assert mask[: 55 - offset].sum() == 0  # the brow
    assert np.isnan(face["landmarks"]).all()


def test_probability_says_how_many_faces_are_covered():
    transform = DrawOccluder(probability=0.3, second=0.5)
    rng = np.random.default_rng(0)
    counts = [len(transform.draw({}, rng)["kinds"]) for _ in range(3000)]
    assert np.mean(np.array(counts) > 0) == pytest.approx(0.3, abs=0.03)
    assert counts.count(2) / 3000 == pytest.approx(0.15, abs=0.02)


def test_a_face_without_an_occluder_is_left_as_it_is():
    face = make_face()
    transform = DrawOccluder(probability=0, compression=0)
    sample = transform.apply(face, transform.draw(face, np.random.default_rng(0)))
    assert not sample["occluder_mask"].any()
    assert np.array_equal(sample["hr_target"], face["hr_target"])


def test_compression_changes_covered_and_uncovered_faces_alike():
    face = make_face()
    transform = DrawOccluder(probability=0, compression=1)
    sample = transform.apply(face, transform.draw(face, np.random.default_rng(0)))
    change = np.abs(sample["hr_target"].astype(int) - face["hr_target"])
    assert 0 < change.mean() < 6 and not sample["occluder_mask"].any()


def test_a_real_occluder_is_not_drawn_over():
    known = {**make_face(), "occluder_mask": np.eye(SIDE, dtype=np.uint8)}
    transform = DrawOccluder(probability=1, compression=1)
    assert transform.apply(known, transform.draw(known, np.random.default_rng(0))) is known


def test_weights_say_how_often_a_kind_comes():
    transform = DrawOccluder(dict(hand=3, block=1, scarf=0), 1.0, second=0)
    rng = np.random.default_rng(0)
    kinds = [transform.draw({}, rng)["kinds"][0] for _ in range(2000)]
    assert kinds.count("hand") / 2000 == pytest.approx(0.75, abs=0.04)
    assert "scarf" not in kinds


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(kinds=["umbrella"]), r"kinds is \['umbrella'\]; expected some of face_mask, scarf"),
        (dict(kinds=()), r"kinds is \[\]"),
        (dict(kinds=dict(hand=-1)), "expected at least 0 each"),
        (dict(kinds=dict(hand=0)), "more than 0 in all"),
        (dict(probability=1.5), "probability is 1.5; expected 0 to 1"),
        (dict(second=-0.1), "second is -0.1; expected 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(dict(type="DrawOccluder", **arguments))
