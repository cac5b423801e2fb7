import numpy as np
import pytest

from fcsrlib.data import RandomRotation
from fcsrlib.data.sample import make_sample
from fcsrlib.errors import ConfigError, DataError


def test_a_quarter_turn_brings_every_label_and_point_along(face):
    turned = RandomRotation(90).apply(face, {"degrees": 90.0})
    assert np.array_equal(turned["parsing"], np.rot90(face["parsing"]))
    x, y = face["landmarks"].T
    np.testing.assert_allclose(turned["landmarks"], np.stack([y, 143 - x], 1), atol=1e-3)


def test_turning_back_restores_labels_and_points(photos):
    rotation = RandomRotation()
    there = rotation.apply(photos[0], {"degrees": 12.0})
    back = rotation.apply(there, {"degrees": -12.0})
    np.testing.assert_allclose(back["landmarks"], photos[0]["landmarks"], atol=1e-3)
    centre = slice(40, 150)
    assert (back["parsing"] == photos[0]["parsing"])[centre, centre].mean() > 0.95
    assert (there["parsing"][0, :8] == 255).all()


def test_angles_are_uniform_within_the_limit(face, rng):
    draws = [RandomRotation(20).draw(face, rng)["degrees"] for _ in range(2000)]
    assert -20 <= min(draws) < -19 and 19 < max(draws) <= 20
    assert abs(np.mean(draws)) < 1
    unturned = RandomRotation(0)
    assert unturned.apply(face, unturned.draw(face, rng)) is face


def test_bad_angles_and_shapes_are_refused():
    with pytest.raises(ConfigError, match="max_degrees is 200; expected 0 to 180"):
        RandomRotation(200)
    sample = make_sample("wide.png", np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(DataError, match="wide.png is 6x4; expected a square"):
        RandomRotation().apply(sample, {"degrees": 3.0})
