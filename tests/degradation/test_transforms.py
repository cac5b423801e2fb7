import numpy as np
import pytest

from fcsrlib.data.sample import make_sample
from fcsrlib.degradation import HOLE_KINDS, DrawHole
from fcsrlib.errors import ConfigError
from fcsrlib.registry import TRANSFORMS


@pytest.fixture
def face():
    return make_sample("face.png", np.zeros((128, 128, 3), np.uint8))


@pytest.mark.parametrize("kind", HOLE_KINDS)
@pytest.mark.parametrize("side", [16, 32])
def test_every_kind_hides_something_and_follows_its_draw(face, kind, side):
    hole = TRANSFORMS.build(dict(type="DrawHole", side=side, kinds=[kind]))
    draw = hole.draw(face, np.random.default_rng(0))
    assert draw["kind"] == kind
    sample = hole.apply(face, draw)
    assert "hole_mask" not in face
    assert sample["hole_mask"].shape == (side, side) and sample["hole_mask"].dtype == np.uint8
    assert 0 < sample["hole_mask"].mean() < 0.5
    again = hole.draw(face, np.random.default_rng(0))
    assert (again["hole_mask"] == draw["hole_mask"]).all()


def test_weights_say_how_often_a_kind_comes(face, rng):
    hole = DrawHole(16, {"rectangle": 3, "random_quarter": 1, "strokes": 0})
    kinds = [hole.draw(face, rng)["kind"] for _ in range(2000)]
    assert kinds.count("rectangle") / 2000 == pytest.approx(0.75, abs=0.04)
    assert "strokes" not in kinds


def test_parts_are_looked_for_at_low_resolution(rng):
    landmarks = np.full((81, 2), 100, np.float32)
    sample = make_sample("face.png", np.zeros((128, 128, 3), np.uint8), landmarks)
    mask = DrawHole(32, ["parts"], parts=["nose"]).draw(sample, rng)["hole_mask"]
    rows, columns = np.nonzero(mask)
    # (100 + 0.5) / 4 - 0.5 = 24.625
    assert rows.mean() == pytest.approx(24.6, abs=0.6)
    assert columns.mean() == pytest.approx(24.6, abs=0.6)


@pytest.mark.parametrize(
    "arguments,message",
    [
        (dict(kinds=["circle"]), "expected some of rectangle, strokes, parts, centred_quarter"),
        (dict(kinds=[]), "expected some of rectangle"),
        (dict(kinds={"rectangle": 0}), "more than 0 in all"),
        (dict(kinds={"rectangle": -1, "strokes": 2}), "at least 0 each"),
        (dict(area=(0.3, 0.2)), "0 < smallest <= largest <= 1"),
        (dict(parts=["ear"]), "expected some of left_eye"),
        (dict(side=1), "side is 1; expected at least 2"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TRANSFORMS.build(dict(type="DrawHole", **{"side": 16, **arguments}))
