import numpy as np
import pytest
from baselines.interpolator_checks import KrigingChecks, network

from aqnet_pyg.baselines import OrdinaryKriging, SpaceTimeKriging, distance_matrix_km
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

GIVEN = {"range_km": 300.0, "tau_hours": 4.0, "nugget": 0.1}


class TestSpaceTimeKriging(KrigingChecks):
    interpolator = SpaceTimeKriging()
    exact = SpaceTimeKriging(range_km=300, tau_hours=3, nugget=0)
    given = SpaceTimeKriging(**GIVEN)
    has_std = False

    lags = 2

    def test_neighboring_hours_are_used(self):
        coordinates, values, targets = network(0)
        fitted = self.fitted(coordinates, values)
        changed = values.copy()
        changed[3:] = changed[3:] * 2 + 7
        assert not np.allclose(fitted.predict(targets, changed)[1], fitted.predict(targets, values)[1])

    def test_hours_without_any_measurement_are_missing(self):
        """Unless a neighboring hour has measurements."""
        coordinates, values, targets = network(1, hours=12)
        values[2:8] = np.nan
        fitted = self.fitted(coordinates, values)
        estimate = fitted.predict(targets, values)
        assert np.isnan(estimate).any(axis=1).tolist() == [False] * 4 + [True] * 2 + [False] * 6


def covariance(hours, distances):
    """Of ``(hour, station)`` pairs, by its formula."""
    chord = 2 * EARTH_RADIUS_KM * np.sin(distances / 2 / EARTH_RADIUS_KM)
    return 0.9 * np.exp(-chord / 300 - np.abs(hours[:, None] - hours) / 4)


def test_solves_the_kriging_system():
    coordinates, values, targets = network(3)
    estimate = SpaceTimeKriging(**GIVEN).fit(coordinates, values).predict(targets, values)
    for hour in range(len(values)):
        hours, stations = np.nonzero(np.isfinite(values))
        near = np.abs(hours - hour) <= 2
        hours, stations = hours[near], stations[near]
        where = tuple(axis[stations] for axis in coordinates)
        count = len(hours)
        system = np.ones((count + 1, count + 1))
        system[:-1, :-1] = covariance(hours, distance_matrix_km(where, where)) + 0.1 * np.eye(count)
        system[-1, -1] = 0
        right = np.ones((count + 1, len(targets[0])))
        chord = 2 * EARTH_RADIUS_KM * np.sin(distance_matrix_km(where, targets) / 2 / EARTH_RADIUS_KM)
        right[:-1] = 0.9 * np.exp(-chord / 300 - np.abs(hours - hour)[:, None] / 4)
        weights = np.linalg.solve(system, right)[:-1]
        np.testing.assert_allclose(estimate[hour], values[hours, stations] @ weights, rtol=1e-8)


def test_without_lags_it_is_ordinary_kriging():
    coordinates, values, targets = network(4)
    ours = SpaceTimeKriging(lags=0, **GIVEN).fit(coordinates, values).predict(targets, values)
    theirs = OrdinaryKriging(range_km=300, nugget=0.1).fit(coordinates, values).predict(targets, values)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_tuning_error_equals_leaving_stations_out():
    coordinates, values, _ = network(1, hours=20)
    chosen = SpaceTimeKriging().fit(coordinates, values)
    parameters = {"range_km": chosen.range_km_, "tau_hours": chosen.tau_hours_, "nugget": chosen.nugget_}
    residuals = []
    for station in range(25):
        others = np.arange(25) != station
        fitted = SpaceTimeKriging(**parameters).fit(tuple(axis[others] for axis in coordinates), values[:, others])
        estimate = fitted.predict(tuple(axis[~others] for axis in coordinates), values[:, others])
        residuals.append(np.abs(estimate[:, 0] - values[:, station]))
    assert chosen.loo_mae_ == pytest.approx(np.nanmean(residuals), rel=1e-8)


def test_neighboring_hours_reduce_measurement_error():
    rng = np.random.default_rng(0)
    coordinates, _, targets = network(0, stations=30, targets=30)
    hours = np.arange(60)
    everywhere = tuple(np.concatenate(pair) for pair in zip(coordinates, targets, strict=True))
    level = 60 + 20 * np.sin(everywhere[0] / 3) * np.cos(hours[:, None] / 20)
    values = level[:, :30] + rng.normal(0, 8, (60, 30))
    values[rng.random(values.shape) < 0.1] = np.nan
    errors = {
        kind: np.mean((kind().fit(coordinates, values).predict(targets, values) - level[:, 30:]) ** 2)
        for kind in (SpaceTimeKriging, OrdinaryKriging)
    }
    assert errors[SpaceTimeKriging] < 0.6 * errors[OrdinaryKriging]


def test_given_parameters_are_kept():
    coordinates, values, _ = network(4)
    for name, value in GIVEN.items():
        assert getattr(SpaceTimeKriging(**{name: value}).fit(coordinates, values), f"{name}_") == value
    assert SpaceTimeKriging(nugget=0).fit(coordinates, values).nugget_ == 0
    assert not hasattr(SpaceTimeKriging(**GIVEN).fit(coordinates, values), "loo_mae_")


def test_station_without_data_in_the_tuning_hours():
    coordinates, values, targets = network(5)
    values[:, :3] = np.nan
    now = values.copy()
    now[:, 1] = 50
    assert np.isfinite(SpaceTimeKriging().fit(coordinates, values).predict(targets, now)).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lags": -1}, "^lags: -1"),
        ({"tau_hours": 0}, "^tau_hours: 0"),
        ({"range_km": 0}, "^range_km: 0"),
        ({"nugget": 1}, "^nugget: 1"),
    ],
)
def test_invalid_parameters(parameters, message):
    coordinates, values, _ = network(5)
    with pytest.raises(InputError, match=message):
        SpaceTimeKriging(**parameters).fit(coordinates, values)


def test_leave_one_out_without_gaps_needs_no_station_of_its_own():
    coordinates = np.linspace(110, 113, 6), np.array([35.0, 35.4, 34.8, 35.9, 35.2, 34.6])
    values = 50 + np.random.default_rng(0).normal(0, 10, (8, 6))
    kriging = SpaceTimeKriging(range_km=200, nugget=0.1, tau_hours=6).fit(coordinates, values)
    found = kriging.leave_one_out(values)
    without = values.copy()
    without[:, 2] = np.nan
    expected = kriging.predict(tuple(axis[2:3] for axis in coordinates), without)[:, 0]
    np.testing.assert_allclose(found[:, 2], expected, rtol=1e-7)
