"""Kriging systems of all stations at all lags."""

import numpy as np
import pytest

from aqnet_pyg.baselines.space_time_system import CompleteSystem, SpaceTimeSystem

LAGS = np.exp(-np.abs(np.subtract.outer(np.arange(3), np.arange(3))) / 4.0)
NUGGET = 0.1
ERRORS = np.array([0.0, 0.0, 0.5, 3.0] * 3)
"""Error variances of stations."""


def samples(missing, hours=6, stations=12):
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 3, (stations, 2))
    correlation = np.exp(-np.linalg.norm(points[:, None] - points, axis=2))
    series = rng.normal(50, 10, (hours, len(LAGS), stations))
    series[rng.random(series.shape) < missing] = np.nan
    return correlation, series


def kriged(correlation, values, use, at):
    """Solve the kriging system of the values in use, by its formula; all of shape ``[lag, station]``."""
    whole = (1 - NUGGET) * np.kron(LAGS, correlation)
    used, place = np.flatnonzero(use), np.ravel_multi_index(at, use.shape)
    system = np.ones((len(used) + 1, len(used) + 1))
    system[:-1, :-1] = whole[np.ix_(used, used)] + np.diag((NUGGET + np.tile(ERRORS, len(LAGS)))[used])
    system[-1, -1] = 0
    weights = np.linalg.solve(system, np.append(whole[used, place], 1.0))[:-1]
    return weights @ values.ravel()[used]


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.8])
def test_missing_values_are_filled_by_kriging(missing):
    correlation, series = samples(missing)
    series[2] = np.nan
    filled, level = SpaceTimeSystem(correlation, LAGS, NUGGET, ERRORS).filled(series)
    for hour, values in enumerate(series):
        use = np.isfinite(values)
        if not use.any():
            assert not filled[hour].any()
            assert np.isnan(level[hour])
            continue
        np.testing.assert_allclose((filled[hour] + level[hour])[use], values[use])
        for at in np.argwhere(~use)[:5]:
            expected = kriged(correlation, values, use, at)
            assert filled[hour][tuple(at)] + level[hour] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.8])
def test_all_lags_of_a_station_are_left_out(missing):
    correlation, series = samples(missing)
    series[3, 0] = series[4, 1] = series[5, 1:] = np.nan
    found = np.full((len(series), len(correlation)), np.nan)
    for part in SpaceTimeSystem(correlation, LAGS, NUGGET, ERRORS).leave_one_out(series):
        found[part.hours] = part.estimate
    for hour, values in enumerate(series):
        for station in range(len(correlation)):
            use = np.isfinite(values)
            use[:, station] = False
            expected = kriged(correlation, values, use, (1, station)) if use.any() else np.nan
            assert found[hour, station] == pytest.approx(expected, rel=1e-8, nan_ok=True)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_lags_without_measurements_are_left_out_of_the_system(missing):
    correlation, series = samples(missing)
    series[1, 0] = series[2, 2] = series[3, 1] = series[4, :2] = series[5] = np.nan
    system = SpaceTimeSystem(correlation, LAGS, NUGGET, ERRORS)
    mean, dual = system.means_and_duals(series)
    covariance = (1 - NUGGET) * np.kron(LAGS, correlation) + np.diag(NUGGET + np.tile(ERRORS, len(LAGS)))
    for hour, values in enumerate(series[:5]):
        use = np.isfinite(values).ravel()
        ones, measured = np.ones(use.sum()), values.ravel()[use]
        solved = np.linalg.solve(covariance[np.ix_(use, use)], np.stack([ones, measured], axis=1))
        expected = ones @ solved[:, 1] / (ones @ solved[:, 0])
        assert mean[hour] == pytest.approx(expected, rel=1e-8)
        np.testing.assert_allclose(dual[hour].ravel()[use], solved[:, 1] - expected * solved[:, 0], atol=1e-8)
        assert not dual[hour].ravel()[~use].any()
    assert np.isnan(mean[5])
    assert not dual[5].any()


def test_equal_hours_are_solved_together():
    correlation, series = samples(0.3)
    series[4] = np.where(np.isfinite(series[1]), series[4], np.nan)
    series[1] = np.where(np.isfinite(series[4]), series[1], np.nan)
    parts = list(SpaceTimeSystem(correlation, LAGS, NUGGET, ERRORS).leave_one_out(series))
    assert [1, 4] in [part.hours.tolist() for part in parts]


def test_where_nothing_is_missing_the_errors_are_those_of_eigenvectors():
    correlation, series = samples(0.0)
    anomaly = series - series.mean(axis=(1, 2), keepdims=True)
    errors = CompleteSystem(correlation, anomaly, NUGGET, ERRORS).errors(LAGS, NUGGET)
    (part,) = SpaceTimeSystem(correlation, LAGS, NUGGET, ERRORS).leave_one_out(series)
    np.testing.assert_allclose(errors, series[:, 1] - part.estimate, rtol=1e-8)
