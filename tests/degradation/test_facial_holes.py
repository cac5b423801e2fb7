import numpy as np
import pytest

from fcsrlib.degradation import FACIAL_PARTS, facial_part
from fcsrlib.errors import ConfigError, DataError

UNKNOWN = np.full((81, 2), np.nan, np.float32)


@pytest.fixture
def landmarks():
    """Points of a face in a mask of 64: eyes at row 30, mouth at row 50."""
    points = np.zeros((81, 2), np.float32)
    points[36:42] = [(18, 30), (20, 29), (22, 29), (24, 30), (22, 31), (20, 31)]
    points[42:48] = points[36:42] + (20, 0)
    points[48:68, 0] = np.linspace(24, 38, 20)
    points[48:68, 1] = 50
    return points


def test_the_part_is_hidden_and_the_rest_is_not(rng, landmarks):
    for _ in range(20):
        mask = facial_part(rng, 64, landmarks, ["right_eye"])
        rows, columns = landmarks[36:42, 1].astype(int), landmarks[36:42, 0].astype(int)
        assert mask[rows, columns].all()
        assert not mask[:, 32:].any() and not mask[40:].any()


def test_both_eyes_take_both(rng, landmarks):
    mask = facial_part(rng, 64, landmarks, ["eyes"])
    assert mask[30, 18] and mask[30, 44] and not mask[50].any()


def test_hidden_places_move_with_the_landmarks(landmarks):
    one, moved = (
        facial_part(np.random.default_rng(1), 64, points, ["mouth"])
        for points in (landmarks, landmarks + np.float32([3, -5]))
    )
    assert (np.roll(one, (-5, 3), (0, 1)) == moved).all()


@pytest.mark.parametrize("part", FACIAL_PARTS)
@pytest.mark.parametrize("side", [16, 32])
def test_unknown_landmarks_give_way_to_the_mean_place(rng, part, side):
    mask = facial_part(rng, side, UNKNOWN, [part])
    assert 0 < mask.mean() < 0.35
    rows, columns = np.nonzero(mask)
    centre = (columns.mean() + 0.5) / side
    if part.startswith("left"):
        assert centre > 0.55  # the person's left is the image's right
    elif part.startswith("right"):
        assert centre < 0.45
    else:
        assert centre == pytest.approx(0.5, abs=0.05)


def test_parts_outside_the_image_still_hide_a_pixel(rng, landmarks):
    assert facial_part(rng, 64, landmarks - 500, ["mouth"]).sum() >= 1


def test_every_part_is_drawn_and_68_points_will_do(rng):
    masks = {facial_part(rng, 32, UNKNOWN[:68]).tobytes() for _ in range(50)}
    assert len(masks) > 20


def test_unknown_parts_and_schemes_are_refused(rng):
    with pytest.raises(ConfigError, match=r"\('ear',\); expected some of left_eye, right_eye"):
        facial_part(rng, 32, UNKNOWN, ["ear"])
    with pytest.raises(ConfigError, match="expected some of"):
        facial_part(rng, 32, UNKNOWN, [])
    with pytest.raises(DataError, match=r"landmarks is \(5, 2\); expected \(81, 2\) or \(68, 2\)"):
        facial_part(rng, 32, UNKNOWN[:5])
