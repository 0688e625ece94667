"""Calibrated intervals, and their scores."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from aqnet_pyg.conformal import BINS_KM, LEVELS, ConformalIntervals, bin_names, bin_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.interval_scores import LOWER, UPPER, gaussian_scores, quantile_scores


def sample(number, seed, skewed=True):
    """Predictions whose errors grow with the distance and with the standard deviation that they state, and are skewed."""
    rng = np.random.default_rng(seed)
    distance = np.exp(rng.uniform(0, np.log(200), number))
    value, std = rng.uniform(50, 300, number), rng.uniform(2, 20, number)
    error = rng.gamma(2, 0.5, number) - 0.6 if skewed else rng.normal(size=number)
    return value, std, distance, value + error * std * (1 + 0.2 * np.log1p(distance))


def test_the_ends_of_the_interval_are_among_the_levels():
    assert LEVELS[LOWER] == 0.05
    assert LEVELS[UPPER] == 0.95


@settings(max_examples=8)
@given(st.integers(0, 1000), st.booleans())
def test_intervals_cover_as_often_as_they_say_at_every_distance(seed, skewed):
    intervals = ConformalIntervals().fit(*sample(4000, seed, skewed))
    value, std, distance, truth = sample(4000, seed + 1, skewed)
    scores = quantile_scores(intervals, value, std, distance, truth)
    assert scores["covered"].mean() == pytest.approx(0.9, abs=0.03)
    number = bin_of(distance)
    for which in np.unique(number):
        assert scores["covered"][number == which].mean() == pytest.approx(0.9, abs=0.08)
    below = (truth < intervals.quantiles(value, std, distance)[LOWER]).mean()
    assert below == pytest.approx(0.05, abs=0.02)


def test_quantiles_are_order_statistics_at_n_plus_one_times_the_level(monkeypatch):
    monkeypatch.setattr("aqnet_pyg.conformal._EXPECTED_STATIONS", 0.0)
    error = np.random.default_rng(0).gamma(2.0, 5.0, 199) - 8
    value, std, distance = (np.full(199, number) for number in (100.0, 10.0, 3.0))
    intervals = ConformalIntervals().fit(value, std, distance, value + error, station=np.arange(199))
    found = intervals.quantiles(value[:1], std[:1], distance[:1], levels=(0.05, 0.5, 0.95, 0.99))[:, 0] - 100
    np.testing.assert_allclose(found, np.sort(error)[[9, 99, 189, 197]])


@pytest.mark.parametrize("stations", [1, 2, 8, 40])
def test_expected_quantiles_count_as_those_of_eight_stations(stations, monkeypatch):
    arguments, station = sample(400, 0), np.resize(np.arange(stations), 400)

    def residual(weight):
        monkeypatch.setattr("aqnet_pyg.conformal._EXPECTED_STATIONS", weight)
        return ConformalIntervals().fit(*arguments, station=station).residual_

    shrunk = ConformalIntervals().fit(*arguments, station=station).residual_
    np.testing.assert_allclose(shrunk, (stations * residual(0.0) + 8 * residual(1e12)) / (stations + 8))


@settings(max_examples=8)
@given(st.integers(0, 1000), st.integers(20, 2000))
def test_probabilities_are_the_inverse_of_quantiles(seed, number):
    value, std, distance, truth = sample(number, seed)
    intervals = ConformalIntervals().fit(value, std, distance, truth)
    place = value[:1], std[:1], distance[:1]
    quantiles = intervals.quantiles(*place)[:, 0]
    for level, quantile in list(zip(LEVELS, quantiles, strict=True))[1:-1]:  # beyond all quantiles there is a step
        if quantile > 0 and np.isclose(quantiles, quantile).sum() == 1:
            assert intervals.probability_above(quantile, *place)[0] == pytest.approx(1 - level, abs=1e-6)
    middle = (quantiles[49] + quantiles[50]) / 2
    assert intervals.probability_above(middle, *place)[0] == pytest.approx(0.495, abs=1e-6)


@given(st.integers(0, 1000), st.integers(1, 400))
def test_quantiles_ascend_and_are_not_negative(seed, number):
    value, std, distance, truth = sample(number, seed)
    intervals = ConformalIntervals().fit(value, std, distance, truth - 100)
    rng = np.random.default_rng(seed)
    anywhere = np.concatenate([[0.0, 1e4], distance]), np.concatenate([[0.0, 0.0], std])
    quantiles = intervals.quantiles(rng.uniform(0, 30, number + 2), anywhere[1], anywhere[0])
    assert quantiles.shape == (99, number + 2)
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert (quantiles >= 0).all()
    assert np.isfinite(quantiles).all()


def test_missing_values_do_not_count_and_nothing_at_all_is_refused():
    value, std, distance, truth = sample(1000, 0)
    holes = truth.copy()
    holes[::3] = np.nan
    kept = np.isfinite(holes)
    some = ConformalIntervals().fit(value, std, distance, holes)
    same = ConformalIntervals().fit(value[kept], std[kept], distance[kept], truth[kept])
    np.testing.assert_array_equal(some.residual_, same.residual_)
    with pytest.raises(InputError, match="calibrated"):
        ConformalIntervals().fit(value, std, distance, np.full(1000, np.nan))


def test_a_station_that_is_off_has_no_group_of_its_own():
    """Many hours, but of one station: its distance is one of too few in the bin."""
    value, std, distance, truth = sample(2000, 0)
    distance = np.resize([*np.linspace(1, 19, 12), 33.0], 2000)
    groups = ConformalIntervals(min_count=50, min_stations=5).fit(value, std, distance, truth).distance_
    assert len(groups) == len(
        ConformalIntervals(min_count=50, min_stations=5).fit(value, std, distance.clip(max=19), truth).distance_
    )
    assert len(ConformalIntervals(min_count=50, min_stations=1).fit(value, std, distance, truth).distance_) > len(
        groups
    )


def test_bins_with_few_values_are_joined():
    value, std, distance, truth = sample(3000, 0)
    few = ConformalIntervals(min_count=1500).fit(value, std, distance, truth)
    many = ConformalIntervals(min_count=50).fit(value, std, distance, truth)
    assert len(few.distance_) < len(many.distance_) == len(bin_names())
    bounds = np.log1p(BINS_KM)
    assert (many.distance_[:-1] < bounds).all()
    assert (many.distance_[1:] > bounds).all()
    alone = ConformalIntervals(min_count=10**6).fit(value, std, distance, truth)
    assert len(alone.distance_) == 1


def test_skewed_errors_are_better_described_than_by_a_normal_distribution():
    calibration, (value, std, distance, truth) = sample(5000, 0), sample(5000, 1)
    ours = quantile_scores(ConformalIntervals().fit(*calibration), value, std, distance, truth)
    normal = gaussian_scores(value, std, truth)
    assert ours["crps"].mean() < normal["crps"].mean()


def test_scores_of_a_normal_distribution():
    rng = np.random.default_rng(0)
    truth = rng.normal(100, 10, 20000)
    scores = gaussian_scores(np.full(20000, 100.0), np.full(20000, 10.0), truth)
    assert scores["covered"].mean() == pytest.approx(0.9, abs=0.01)
    assert scores["width"].mean() == pytest.approx(2 * 10 * norm.ppf(0.95))
    assert scores["crps"].mean() == pytest.approx(10 / np.sqrt(np.pi), rel=0.02)
    quantiles = ConformalIntervals().fit(np.full(20000, 100.0), np.full(20000, 10.0), np.full(20000, 5.0), truth)
    same = quantile_scores(quantiles, np.full(20000, 100.0), np.full(20000, 10.0), np.full(20000, 5.0), truth)
    assert same["crps"].mean() == pytest.approx(scores["crps"].mean(), rel=0.02)


def test_bins():
    assert len(bin_names()) == len(BINS_KM) + 1
    assert [bin_names()[i] for i in bin_of(np.array([0.0, 1.99, 2.0, 99.0, 100.0, 5000.0]))] == [
        *("0-2 km", "0-2 km", "2-5 km", "50-100 km", "100+ km", "100+ km")
    ]


def test_what_was_calibrated_comes_back_from_a_file():
    value, std, distance, truth = sample(1000, 0)
    intervals = ConformalIntervals().fit(value, std, distance, truth)
    again = ConformalIntervals.from_state(json.loads(json.dumps(intervals.state())))
    np.testing.assert_array_equal(again.quantiles(value, std, distance), intervals.quantiles(value, std, distance))
    lower, upper = intervals.quantiles(value, std, distance, levels=(0.05, 0.95))
    np.testing.assert_array_equal(lower, intervals.quantiles(value, std, distance)[LOWER])
    np.testing.assert_array_equal(upper, intervals.quantiles(value, std, distance)[UPPER])


def test_exponents_are_those_of_the_errors():
    value, std, distance, _ = sample(40_000, 0)
    rng = np.random.default_rng(0)
    lead = rng.uniform(0, 100, value.size)
    size = (std / value) ** 0.9 * (1 + distance) ** 0.3 * (1 + lead) ** 0.1
    error = value * size * rng.gamma(2, 0.5, value.size) * rng.choice([-1, 1], value.size)
    found = ConformalIntervals().fit(value, std, distance, value + error, lead).scale_[1:]
    np.testing.assert_allclose(found, [0.9, 0.3, 0.1], atol=0.03)


def test_intervals_widen_with_the_hours_ahead_if_errors_do():
    value, std, distance, _ = sample(4000, 0)
    lead = np.resize(np.arange(1, 169), 4000)
    truth = value + np.random.default_rng(0).normal(size=4000) * np.sqrt(lead)
    intervals = ConformalIntervals().fit(value, std, distance, truth, lead)
    lower, upper = intervals.quantiles(value, std, distance, lead, levels=(0.05, 0.95))
    width = upper - lower
    assert width[lead > 100].mean() > 3 * width[lead < 5].mean()


def test_twice_the_concentrations_have_intervals_twice_as_wide():
    """So that intervals of a clean season serve in a foul one."""
    value, std, distance, truth = sample(4000, 0)
    intervals = ConformalIntervals().fit(value, std, distance, truth)
    once, twice = intervals.quantiles(value, std, distance), intervals.quantiles(2 * value, 2 * std, distance)
    np.testing.assert_allclose(twice, 2 * once)


def at_stations(distances, levels, hours, seed):
    """Predictions at stations, each with an error level of its own, whatever its distance."""
    rng = np.random.default_rng(seed)
    value = rng.uniform(50, 300, len(distances) * hours)
    error = rng.laplace(size=value.size) * np.repeat(levels, hours)
    return value, 0.1 * value, np.repeat(distances, hours), value * (1 + 0.1 * error)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(1.0, 2.0), st.booleans())
def test_two_stations_do_not_decide_on_places_far_from_them(seed, ratio, farther):
    """Two stations at 3 and 4 km, one with larger errors, are no reason for huge or tiny intervals at 200 km."""
    levels = (1.0, ratio) if farther else (ratio, 1.0)
    intervals = ConformalIntervals().fit(*at_stations((3.0, 4.0), levels, 1000, seed))
    value, std, distance, truth = at_stations(np.geomspace(1, 200, 50), np.ones(50), 40, seed + 1)
    assert 0.8 < quantile_scores(intervals, value, std, distance, truth)["covered"].mean() < 0.99
    far = intervals.probability_above(75.0, np.full(50, 4.0), np.full(50, 0.4), np.geomspace(1, 200, 50))
    assert (far < 0.02).all()


def test_stations_and_values_are_counted():
    intervals = ConformalIntervals().fit(*at_stations((1.0, 5.0, 9.0), np.ones(3), 100, 0))
    again = ConformalIntervals.from_state(json.loads(json.dumps(intervals.state())))
    assert (again.stations_, again.count_) == (intervals.stations_, intervals.count_) == (3, 300)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([0.4, 2.5]))
def test_few_stations_are_shrunk_toward_a_similar_method_at_many(seed, level):
    """Two stations with much smaller or larger errors than others."""
    many = ConformalIntervals().fit(*at_stations(np.geomspace(1, 100, 60), np.ones(60), 60, seed))
    few = at_stations((3.0, 4.0), (level, level), 1000, seed + 1)
    value, std, distance, truth = at_stations(np.geomspace(1, 100, 50), np.ones(50), 60, seed + 2)
    alone, shrunk = (
        quantile_scores(ConformalIntervals(expected=expected).fit(*few), value, std, distance, truth)
        for expected in (None, many)
    )
    assert shrunk["covered"].mean() == pytest.approx(0.9, abs=0.05)
    assert shrunk["crps"].mean() < alone["crps"].mean()


def test_many_stations_outweigh_a_similar_method():
    value, std, distance, truth = at_stations(np.geomspace(1, 100, 2000), np.full(2000, 3.0), 10, 0)
    expected = ConformalIntervals().fit(*at_stations(np.geomspace(1, 100, 60), np.ones(60), 60, 1))
    intervals = ConformalIntervals(expected=expected).fit(value, std, distance, truth)
    assert quantile_scores(intervals, value, std, distance, truth)["covered"].mean() == pytest.approx(0.9, abs=0.03)
    assert intervals.stations_ == 2000
    assert {type(number) for number in intervals.state()["scale"]} == {float}  # files of checkpoints have no others
    assert intervals.farthest_ == pytest.approx(100)


def test_a_calibration_with_itself_as_expectation_is_nearly_unchanged():
    value, std, distance, truth = sample(4000, 0)
    once = ConformalIntervals().fit(value, std, distance, truth)
    twice = ConformalIntervals(expected=once).fit(value, std, distance, truth)
    np.testing.assert_allclose(
        twice.quantiles(value, std, distance), once.quantiles(value, std, distance), rtol=0.1, atol=2.0
    )
