import numpy as np
import pytest
from baselines.gap_filler_checks import GapFillerChecks, network_with_gaps

from aqnet_pyg.baselines import IterativeRidge


class TestIterativeRidge(GapFillerChecks):
    filler = IterativeRidge(rounds=2)
    rtol = 1e-6


class TestFewPredictors(GapFillerChecks):
    filler = IterativeRidge(rounds=2, predictors=6)
    rtol = 1e-6


def test_finds_a_linear_relation_of_stations_and_hours():
    coordinates, _, _, time = network_with_gaps(hours=400)
    rng = np.random.default_rng(0)
    truth = 50 + rng.normal(0, 10, (400, 8))
    truth[:, 0] = 0.5 * truth[:, 1] + 0.3 * truth[:, 2]
    truth[1:, 3] = truth[:-1, 4]
    values = truth.copy()
    values[rng.random(values.shape) < 0.05] = np.nan
    gaps = np.isnan(values)
    error = np.abs(IterativeRidge(rounds=8).fit(coordinates, values, time).fill(values, time) - truth)
    known = gaps & ~np.roll(gaps, 1, axis=0).any(axis=1, keepdims=True) & (gaps.sum(axis=1, keepdims=True) == 1)
    assert known[:, [0, 3]].any(axis=0).all()
    assert error[:, [0, 3]][known[:, [0, 3]]].max() < 1
    assert error[:, 5][gaps[:, 5]].mean() > 5, "not related to others"


def test_estimates_are_not_negative():
    coordinates, values, _, time = network_with_gaps()
    falling = np.linspace(300, 0, 240)[:, None] + values / 100
    falling[150:, 2] = np.nan
    filled = IterativeRidge().fit(coordinates, falling, time).fill(falling, time)
    assert filled.min() >= 0


def test_station_without_training_values_has_no_estimate():
    coordinates, values, _, time = network_with_gaps()
    values[:, 3] = np.nan
    filled = IterativeRidge(rounds=2).fit(coordinates, values, time).fill(values, time)
    assert np.isnan(filled[:, 3]).all()
    assert np.isfinite(np.delete(filled, 3, axis=1)).all()


@pytest.mark.parametrize("rounds", [1, 3])
def test_rounds(rounds):
    coordinates, values, _, time = network_with_gaps()
    assert IterativeRidge(rounds=rounds).fit(coordinates, values, time).imputer_.n_iter_ <= rounds
