"""Counter-based draws."""

import numpy as np

from fcsrlib.data.synthetic.draws import Spread, draw_unit, make_keys


def test_values_are_uniform_and_unrelated_between_names() -> None:
    keys = make_keys(3, "shot", np.arange(20000))
    first, second = draw_unit(keys, "a"), draw_unit(keys, "b")
    assert abs(first.mean() - 0.5) < 0.01
    assert abs(first.var() - 1 / 12) < 0.005
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.03


def test_streams_and_seeds_give_other_keys() -> None:
    counters = np.arange(1000)
    keys = [make_keys(seed, name, counters) for seed in (0, 1) for name in ("shot", "person")]
    assert len(np.unique(np.concatenate(keys))) == 4000


def test_normal_draws_have_their_mean_and_are_cut() -> None:
    unit = draw_unit(make_keys(0, "shot", np.arange(20000)), "x")
    values = Spread("normal", 5.0, 2.0).draw(unit)
    assert abs(values.mean() - 5.0) < 0.05
    assert abs(values - 5.0).max() <= 4.6 + 1e-4
