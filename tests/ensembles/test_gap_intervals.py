"""Conformal intervals of filled hours."""

import numpy as np
import pytest

from aqnet_pyg.conformal import LEVELS
from aqnet_pyg.ensembles import GapIntervals
from aqnet_pyg.errors import InputError


def sample(seed, number=20_000):
    """Estimates whose errors grow with the length of the gap and its middle, and that are skewed."""
    rng = np.random.default_rng(seed)
    length = np.exp(rng.uniform(0, np.log(200), number)).astype(int)
    nearest = np.ceil(rng.uniform(0, 1, number) * (length + 1) // 2).clip(1)
    value, spread = rng.uniform(20, 150, number), rng.uniform(2, 10, number)
    error = spread * (0.3 + np.log1p(length) / 2 + np.log1p(nearest) / 3) * (rng.gamma(2, 0.5, number) - 1)
    return value, spread, length, nearest, np.maximum(value + error, 0)


def test_nine_of_ten_are_covered_in_every_bin():
    intervals = GapIntervals().fit(*sample(0))
    value, spread, length, nearest, truth = sample(1)
    lower, upper = intervals.quantiles(value, spread, length, nearest, (0.05, 0.95))
    covered = (lower <= truth) & (truth <= upper)
    assert covered.mean() == pytest.approx(0.9, abs=0.01)
    for low, high in ((1, 2), (2, 4), (4, 13), (13, 49), (49, 1000)):
        assert covered[(length >= low) & (length < high)].mean() == pytest.approx(0.9, abs=0.02)
        assert covered[(nearest >= low) & (nearest < high)].mean() == pytest.approx(0.9, abs=0.025)


def test_quantiles_ascend_and_are_not_negative():
    intervals = GapIntervals().fit(*sample(0, 2000))
    value, spread, length, nearest, _ = sample(2, 500)
    quantiles = intervals.quantiles(value / 20, spread, length, nearest)
    assert quantiles.shape == (len(LEVELS), 500)
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert (quantiles >= 0).all()


def test_bins_with_few_values_take_those_of_longer_groups():
    value, spread, length, nearest, truth = sample(0, 2000)
    few = (length >= 13) & (length < 49)
    few[np.flatnonzero(few)[:50]] = False
    kept = ~few
    intervals = GapIntervals().fit(*(each[kept] for each in (value, spread, length, nearest, truth)))
    every = np.quantile((truth - value)[kept] / spread[kept], LEVELS, method="weibull")
    np.testing.assert_allclose(intervals.residual_[3, 0], every)
    assert not np.allclose(intervals.residual_[0, 0], every)


def test_no_own_measurement_is_the_last_bin():
    intervals = GapIntervals().fit(*sample(0))
    value, spread = np.array([50.0]), np.array([5.0])
    without = intervals.quantiles(value, spread, np.array([500]), np.array([np.inf]))
    np.testing.assert_array_equal(without, intervals.quantiles(value, spread, np.array([500]), np.array([100.0])))


def test_the_state_restores_them():
    intervals = GapIntervals().fit(*sample(0, 3000))
    again = GapIntervals.from_state(intervals.state())
    *arguments, _ = sample(1, 100)
    np.testing.assert_array_equal(again.quantiles(*arguments), intervals.quantiles(*arguments))


def test_nothing_to_calibrate_on():
    with pytest.raises(InputError, match="no measurement was hidden"):
        GapIntervals().fit(*(np.empty(0) for _ in range(5)))
