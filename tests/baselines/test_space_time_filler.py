import json

import numpy as np
import pytest
from baselines.gap_filler_checks import SEEDS, GapFillerChecks, network_with_gaps
from hypothesis import given, settings

from aqnet_pyg.baselines import SpaceTimeFiller, covariance_table, distance_matrix_km, space_time_filler
from aqnet_pyg.baselines.space_time_filler import coordinate_search
from aqnet_pyg.errors import InputError


@pytest.fixture(autouse=True)
def short_search(monkeypatch):
    monkeypatch.setattr(space_time_filler, "TARGETS", 150)
    monkeypatch.setattr(space_time_filler, "SWEEPS", 1)


class TestSpaceTimeFiller(GapFillerChecks):
    filler = SpaceTimeFiller(neighbors=16)
    rtol = 1e-6


@given(SEEDS)
@settings(max_examples=3)
def test_solves_the_kriging_system_of_the_nearest_station_hours(seed):
    coordinates, values, _, time = network_with_gaps(seed)
    filler = SpaceTimeFiller(neighbors=20, max_lag=10).fit(coordinates, values, time)
    value, spread = filler.estimate(values, time)
    anomaly = np.log(values + filler.shift_) - filler.mean_
    distance = distance_matrix_km(coordinates, coordinates)
    for hour, station in np.argwhere(np.isnan(values))[::7]:
        order = []
        for other_hour, other in np.argwhere(np.isfinite(values)):
            lag = abs(other_hour - hour)
            if lag <= 10:
                order.append((distance[station, other] / 60 + 0.35 * (other != station) + lag / 10, other_hour, other))
        _, hours, stations = np.array(sorted(order)[:20]).T.astype(int)
        table = covariance_table(filler.parameters_, distance, 20)
        system = table[stations[:, None], stations, np.abs(hours[:, None] - hours)]
        right = table[station, stations, np.abs(hours - hour)]
        weights = np.linalg.solve(system, right)
        level = np.exp(weights @ anomaly[hours, stations] + filler.mean_)
        assert value[hour, station] == pytest.approx(max(level - filler.shift_, 0), rel=1e-6)
        std = filler.scale_ * np.sqrt(table[0, 0, 0] - weights @ right) * level
        assert spread[hour, station] == pytest.approx(std, rel=1e-5)


def test_spread_is_zero_where_measured_and_of_the_size_of_errors():
    coordinates, values, truth, time = network_with_gaps(hours=1000)
    value, spread = SpaceTimeFiller(neighbors=16).fit(coordinates, values, time).estimate(values, time)
    gaps = np.isnan(values)
    assert (spread[~gaps] == 0).all()
    assert (spread[gaps] > 0).all()
    assert np.mean(((value - truth)[gaps] / spread[gaps]) ** 2) == pytest.approx(1, abs=0.4)
    assert spread[60:64].mean() > 1.2 * spread[gaps].mean(), "no station measured"


def test_is_better_than_the_mean_of_the_hour_and_the_line():
    coordinates, values, truth, time = network_with_gaps(hours=600)
    filled = SpaceTimeFiller().fit(coordinates, values, time).fill(values, time)
    gaps = np.isnan(values)
    gaps[60:64] = False
    mean = np.mean(truth, axis=1, where=~np.isnan(values) | ~gaps, keepdims=True)
    assert np.abs(filled - truth)[gaps].mean() < 0.8 * np.abs(mean - truth)[gaps].mean()
    before, after = np.roll(values, 1, axis=0), np.roll(values, -1, axis=0)
    line = (before + after) / 2
    single = gaps & np.isfinite(line)
    assert np.abs(filled - truth)[single].mean() < np.abs(line - truth)[single].mean()


def test_truth_in_gaps_has_no_effect():
    coordinates, values, truth, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=16).fit(coordinates, values, time)
    first = filler.estimate(values, time)
    changed = np.where(np.isnan(values), np.nan, truth)
    np.testing.assert_array_equal(filler.estimate(changed, time), first)


def test_hours_beyond_the_lag_have_no_effect_and_nothing_near_is_missing():
    coordinates, values, _, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=16, max_lag=5).fit(coordinates, values, time)
    values[100:120] = np.nan
    filled, spread = filler.estimate(values, time)
    missing = np.isnan(filled).all(axis=1)
    assert np.flatnonzero(missing).tolist() == list(range(105, 115))
    np.testing.assert_array_equal(np.isnan(filled), np.isnan(spread))
    changed = values.copy()
    changed[:90] *= 2
    np.testing.assert_array_equal(filler.fill(changed, time)[95:], filled[95:])


def test_chunks_and_stations_beyond_the_nearest_have_no_effect(monkeypatch):
    coordinates, values, _, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=8, max_lag=24).fit(coordinates, values, time)
    expected = filler.estimate(values, time)
    monkeypatch.setattr(space_time_filler, "_STEP", 5)
    monkeypatch.setattr(space_time_filler, "_CHUNK", 7)
    np.testing.assert_allclose(filler.estimate(values, time), expected, rtol=1e-12)
    monkeypatch.setattr(space_time_filler, "NEAREST", 3)
    assert np.isfinite(filler.fill(values, time)).all()


def test_coincident_stations_give_finite_estimates():
    (longitude, latitude), values, _, time = network_with_gaps()
    longitude[1], latitude[1] = longitude[0], latitude[0]
    assert np.isfinite(SpaceTimeFiller(neighbors=16).fit((longitude, latitude), values, time).fill(values, time)).all()


def test_complete_record_is_masked_at_random():
    coordinates, _, truth, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=16).fit(coordinates, truth, time)
    assert 0 < filler.masked_mae_ < 10


@pytest.mark.parametrize("level", [0.0, 7.0])
def test_constant_values_stay_constant(level):
    coordinates, values, _, time = network_with_gaps()
    values = np.where(np.isnan(values), np.nan, level)
    filler = SpaceTimeFiller(neighbors=16).fit(coordinates, values, time)
    np.testing.assert_allclose(filler.fill(values, time), level, atol=1e-9)


def test_a_state_gives_the_same_estimates():
    coordinates, values, _, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=16).fit(coordinates, values, time)
    again = SpaceTimeFiller.from_state(json.loads(json.dumps(filler.state())))
    np.testing.assert_array_equal(again.estimate(values, time), filler.estimate(values, time))


@pytest.mark.parametrize("parameters", [{"neighbors": 0}, {"max_lag": 0}])
def test_parameters_below_one(parameters):
    coordinates, values, _, time = network_with_gaps()
    with pytest.raises(InputError, match=f"{next(iter(parameters))}: 0 was given; use at least 1"):
        SpaceTimeFiller(**parameters).fit(coordinates, values, time)


def test_values_below_the_shift():
    coordinates, values, _, time = network_with_gaps()
    filler = SpaceTimeFiller(neighbors=16, shift=5).fit(coordinates, values, time)
    values[0, 0] = -5
    with pytest.raises(InputError, match=r"values: -5 was given.*larger shift"):
        filler.fill(values, time)


def test_coordinate_search_finds_a_minimum():
    goal = np.array([1.3, -0.4, 2.0])
    found = coordinate_search(lambda at: float(np.square(at - goal).sum()) + 1e-3, np.zeros(3), 40)
    np.testing.assert_allclose(found, goal, atol=0.05)
