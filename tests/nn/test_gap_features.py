"""Features of the hours of gaps."""

import numpy as np
import pytest
from gap_samples import START, NetworkMean, series
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.nn.gap_features import FEATURES_OF_OTHER, NUM_FEATURES, GapFeatures, hours_to_measurements


def inputs(coordinates, values, time, targets=None):
    estimate = NetworkMean().fit(coordinates, values, time).estimate(values, time)
    gap = np.isnan(values) & np.isfinite(estimate.value)
    return GapFeatures(coordinates, 30.0)(values, time, *estimate, gap if targets is None else targets & gap)


def test_one_row_for_each_target_in_the_order_of_hours():
    coordinates, values, time = series(hours=60)
    every = inputs(coordinates, values, time)
    gaps = np.argwhere(np.isnan(values))
    assert every.features.shape == (len(gaps), NUM_FEATURES)
    assert every.features.dtype == np.float32
    assert np.isfinite(every.features).all()
    assert (every.scale > 0).all()
    station = 3
    one = inputs(coordinates, values, time, np.arange(values.shape[1])[None, :] == np.full((60, 1), station))
    for some, all_of_them in zip(one, every, strict=True):
        np.testing.assert_array_equal(some, all_of_them[gaps[:, 1] == station])


def test_the_background_is_in_standard_deviations():
    coordinates, values, time = series(hours=60)
    estimate = NetworkMean().fit(coordinates, values, time).estimate(values, time)
    np.testing.assert_array_equal(inputs(coordinates, values, time).background, estimate.value[np.isnan(values)] / 30)


def test_a_common_factor_has_no_effect():
    coordinates, values, time = series(hours=60)
    estimate = NetworkMean().fit(coordinates, values, time).estimate(values, time)
    gap = np.isnan(values)
    one = GapFeatures(coordinates, 30.0)(values, time, *estimate, gap)
    other = GapFeatures(coordinates, 60.0)(2 * values, time, 2 * estimate.value, 2 * estimate.spread, gap)
    for each, expected in zip(other, one, strict=True):
        np.testing.assert_array_equal(each, expected)


@given(st.integers(0, 100), st.permutations(range(8)))
def test_relabeled_stations_have_the_same_features(seed, order):
    (longitude, latitude), values, time = series(hours=40, seed=seed)
    one = inputs((longitude, latitude), values, time)
    other = inputs((longitude[order], latitude[order]), values[:, order], time)
    row = np.full(values.shape, -1)
    row[np.isnan(values)] = np.arange(len(one.scale))
    rows = row[:, order][np.isnan(values[:, order])]
    np.testing.assert_array_equal(other.background, one.background[rows])
    np.testing.assert_allclose(other.features, one.features[rows], rtol=1e-5, atol=1e-6)


def test_other_pollutants_are_compared_with_the_ends_of_the_gap_and_with_neighbors():
    coordinates, values, time = series(hours=60, missing=0)
    values[20:25, 2] = np.nan
    other = np.full(values.shape, 100.0)
    other[22, 2], other[23, 2] = 150.0, np.nan
    other[24] = 150.0
    estimate = NetworkMean().fit(coordinates, values, time).estimate(values, time)
    gap = np.isnan(values)
    features = GapFeatures(coordinates, 30.0, [1.0, 50.0])
    found = features(values, time, *estimate, gap, [np.full(values.shape, np.nan), other])
    assert found.features.shape == (5, features.number)
    alone = GapFeatures(coordinates, 30.0)(values, time, *estimate, gap)
    np.testing.assert_array_equal(found.features[:, :NUM_FEATURES], alone.features)
    absent, there = np.split(found.features[:, NUM_FEATURES:], [FEATURES_OF_OTHER], axis=1)
    assert not absent.any()
    available, usual, change, departure, by_change, by_departure = there.T
    np.testing.assert_array_equal(available, [1, 1, 1, 0, 1])
    increase = np.log((150 / 50 + 0.06) / (100 / 50 + 0.06))
    np.testing.assert_allclose(change, [0, 0, increase, 0, increase], atol=1e-6)
    np.testing.assert_allclose(usual - usual[0], [0, 0, increase, -usual[0], increase], atol=1e-6)
    mean = increase / 59  # of the departure from the neighbors over all hours
    np.testing.assert_allclose(departure, [-mean, -mean, increase - mean, 0, -mean], atol=1e-6)
    for factor, feature in ((by_change, change), (by_departure, departure)):
        np.testing.assert_allclose(factor, found.background * np.expm1(feature) / found.scale, rtol=1e-5, atol=1e-6)


def test_full_turns_of_longitude_have_no_effect():
    (longitude, latitude), values, time = series(hours=60)
    longitude = 205 + np.round(longitude * 4) / 4 - 115 + np.arange(8) / 32  # differences from 360 are exact
    for one, other in zip(
        inputs((longitude, latitude), values, time), inputs((longitude - 360, latitude), values, time), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("stations", [1, 2, 4])
def test_few_stations_have_all_features(stations):
    coordinates, values, time = series(hours=60, stations=stations)
    values[10] = np.nan
    found = inputs(coordinates, values, time)
    assert found.features.shape[1] == NUM_FEATURES
    assert np.isfinite(found.features).all()


def test_neighborhoods_are_limited(monkeypatch):
    coordinates, values, time = series(hours=30, stations=12)
    monkeypatch.setattr("aqnet_pyg.nn.gap_features.NEIGHBORHOOD", 6)
    features = GapFeatures(coordinates, 30.0)
    assert features.neighbors.shape == (12, 6)
    np.testing.assert_array_equal(features.neighbors[:, 0], np.arange(12))
    far = np.setdiff1d(np.arange(12), features.neighbors[0])
    changed = values.copy()
    changed[:, far] += 100
    targets = np.isnan(values) & (np.arange(12) == 0)
    background = np.full(values.shape, 50.0)
    one, other = (features(each, time, background, background, targets) for each in (values, changed))
    np.testing.assert_array_equal(one.features, other.features)


def test_hours_to_own_measurements():
    measured = np.array([[0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]], bool).T
    before, after = hours_to_measurements(measured)
    np.testing.assert_array_equal(before[:, 0], [np.inf, 0, 1, 2, 0, 1])
    np.testing.assert_array_equal(after[:, 0], [1, 0, 2, 1, 0, np.inf])
    assert np.isinf(before[:, 1]).all()
    assert np.isinf(after[:, 1]).all()


def test_the_hour_is_that_of_the_sun():
    values = np.array([[1.0], [np.nan], [3.0]])
    background = np.full((3, 1), 2.0)
    time = START + np.arange(3)
    east, west = (
        GapFeatures((np.array([longitude]), np.array([40.0])), 1.0)(
            values, each, background, background, np.isnan(values)
        ).features
        for longitude, each in ((30.0, time), (0.0, time + 2))
    )
    np.testing.assert_allclose(east, west, atol=1e-6)
