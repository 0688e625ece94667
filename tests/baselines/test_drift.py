"""Factors of first guesses."""

import numpy as np
import pytest

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.coordinates import chord_matrix_km
from aqnet_pyg.baselines.drift import MOST_STATIONS, STRENGTHS, DriftSums, some_stations


def simulated(stations=40, hours=6, fields=2, seed=0):
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(110, 120, stations), rng.uniform(30, 40, stations)
    guesses = rng.normal(size=(hours, stations, fields))
    values = guesses @ np.arange(1.0, fields + 1) + rng.normal(size=(hours, stations))
    values[rng.random(values.shape) < 0.15] = np.nan
    return coordinates, values, np.where(np.isfinite(values)[..., None], guesses, np.nan)


def sums_of(coordinates, values, fields):
    kriging = OrdinaryKriging(range_km=300, nugget=0.1).fit(coordinates, values)
    return kriging, DriftSums.of_hours(kriging, values, fields)


def test_factors_of_an_hour_are_generalized_least_squares():
    coordinates, values, fields = simulated()
    _, sums = sums_of(coordinates, values, fields)
    covariance = 0.9 * np.exp(-chord_matrix_km(coordinates, coordinates) / 300) + 0.1 * np.eye(40)
    for hour, value in enumerate(values):
        known = np.isfinite(value)
        inverse = np.linalg.inv(covariance[np.ix_(known, known)])
        drift = np.concatenate([np.ones((known.sum(), 1)), fields[hour, known]], axis=1)
        expected = np.linalg.solve(drift.T @ inverse @ drift, drift.T @ inverse @ value[known])
        np.testing.assert_allclose(np.linalg.solve(sums.left[hour], sums.right[hour]), expected[1:], rtol=1e-9)


@pytest.mark.parametrize("fields", [1, 2])
def test_sums_without_a_station_are_those_of_the_other_stations(fields):
    coordinates, values, guesses = simulated(fields=fields)
    kriging, _ = sums_of(coordinates, values, guesses)
    apart = DriftSums.without_each(kriging, values, guesses)
    for station in (0, 17):
        without, hidden = values.copy(), guesses.copy()
        without[:, station], hidden[:, station] = np.nan, np.nan
        _, others = sums_of(coordinates, without, hidden)
        np.testing.assert_allclose(apart.left[:, station], others.left, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(apart.right[:, station], others.right, rtol=1e-9, atol=1e-9)


def test_factors_lie_between_those_of_the_hour_and_the_prior():
    coordinates, values, fields = simulated(fields=1)
    _, sums = sums_of(coordinates, values, fields)
    of_hour = sums.right / sums.left[..., 0]
    previous = np.abs(of_hour - 5.0)
    for strength in STRENGTHS:
        prior = strength * sums.left.mean(axis=0), np.array([5.0])
        distance = np.abs(sums.factors(*prior) - of_hour)
        assert (distance <= np.abs(of_hour - 5.0) + 1e-12).all()
        closer_to_prior = np.abs(sums.factors(*prior) - 5.0)
        assert (closer_to_prior <= previous).all()
        previous = closer_to_prior


def test_factors_are_found():
    coordinates, values, fields = simulated(stations=80, hours=30)
    _, sums = sums_of(coordinates, values, fields)
    np.testing.assert_allclose(sums.pooled(), [1, 2], atol=0.1)


def test_a_constant_first_guess_has_the_factor_zero():
    coordinates, values, fields = simulated()
    fields = np.concatenate([fields, np.where(np.isfinite(fields[..., :1]), 7.0, np.nan)], axis=-1)
    _, sums = sums_of(coordinates, values, fields)
    assert abs(sums.pooled()[2]) < 1e-6
    _, alone = sums_of(coordinates, values, fields[..., 2:])
    assert alone.pooled() == pytest.approx(0, abs=1e-6)


def test_hours_with_one_measurement_or_none_have_the_factors_of_the_prior():
    coordinates, values, fields = simulated(hours=3)
    values[0], values[1, 1:] = np.nan, np.nan
    values[1, 0] = 3.0
    fields[np.isnan(values)] = np.nan
    fields[1, 0] = 1.0
    _, sums = sums_of(coordinates, values, fields)
    np.testing.assert_allclose(sums.factors(np.eye(2), np.array([3.0, 4.0]))[:2], [[3, 4], [3, 4]])


def test_stations_of_the_factors_do_not_depend_on_order_or_turns():
    rng = np.random.default_rng(0)
    longitude, latitude = rng.uniform(-180, 180, MOST_STATIONS + 50), rng.uniform(-80, 80, MOST_STATIONS + 50)
    chosen = some_stations((longitude, latitude))
    assert len(chosen) == MOST_STATIONS
    order = rng.permutation(len(longitude))
    permuted = some_stations((longitude[order] + 360, latitude[order]))
    assert sorted(order[permuted]) == sorted(chosen)
    np.testing.assert_array_equal(some_stations((longitude[:20], latitude[:20])), np.arange(20))
