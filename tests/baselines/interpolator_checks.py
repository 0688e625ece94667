"""What every interpolator must do: a test class inherits :class:`InterpolatorChecks` and names its interpolator."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from aqnet_pyg.errors import InputError

SEEDS = st.integers(0, 2**16)
# Hypothesis warns of inherited tests, which are what this is about.
checked = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.differing_executors])


def network(seed, stations=25, hours=8, targets=7, missing=0.2):
    """A simulated network with gaps: coordinates, values ``[time, station]`` and the coordinates of targets."""
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(104, 124, stations), rng.uniform(32, 43, stations)
    phase = np.arange(hours)[:, None] / 5
    values = 60 + 30 * np.sin(coordinates[0] / 3 + phase) + 20 * np.cos(coordinates[1] / 2 - phase)
    values = np.maximum(values + rng.normal(0, 5, values.shape), 1)
    values[rng.random(values.shape) < missing] = np.nan
    return coordinates, values, (rng.uniform(104, 124, targets), rng.uniform(32, 43, targets))


class InterpolatorChecks:
    """Subclasses set :attr:`interpolator`, and :attr:`exact`, one that goes through the measurements."""

    interpolator = None
    exact = None
    lags = 0  # hours on each side that an estimate hears

    def fitted(self, coordinates, values):
        return clone(self.interpolator).fit(coordinates, values)

    def test_recovers_known_points(self):
        coordinates, values, _ = network(0, missing=0)
        estimate = clone(self.exact).fit(coordinates, values).predict(coordinates, values)
        np.testing.assert_allclose(estimate, values, rtol=1e-4)

    @checked
    @given(st.floats(0, 500), SEEDS)
    def test_a_constant_field_stays_constant(self, level, seed):
        coordinates, values, targets = network(seed)
        estimate = self.fitted(coordinates, values).predict(targets, np.where(np.isnan(values), np.nan, level))
        np.testing.assert_allclose(estimate, level, rtol=1e-9, atol=1e-9)

    @checked
    @given(SEEDS)
    def test_full_turns_change_nothing(self, seed):
        (longitude, latitude), values, (target_longitude, target_latitude) = network(seed)
        # About the meridian of Greenwich, so that only some stations make the turn.
        here = self.fitted((longitude - 110, latitude), values)
        turned = self.fitted(((longitude - 110) % 360, latitude), values)
        np.testing.assert_allclose(
            turned.predict(((target_longitude - 110) % 360, target_latitude), values),
            here.predict((target_longitude - 110, target_latitude), values),
            rtol=1e-8,
        )

    @checked
    @given(SEEDS)
    def test_the_order_of_stations_and_targets_does_not_matter(self, seed):
        (longitude, latitude), values, targets = network(seed)
        expected = self.fitted((longitude, latitude), values).predict(targets, values)
        stations = np.random.default_rng(seed).permutation(len(longitude))
        shuffled = self.fitted((longitude[stations], latitude[stations]), values[:, stations])
        backwards = tuple(axis[::-1] for axis in targets)
        np.testing.assert_allclose(shuffled.predict(backwards, values[:, stations])[:, ::-1], expected, rtol=1e-8)

    @checked
    @given(SEEDS)
    def test_a_silent_station_is_as_good_as_none(self, seed):
        (longitude, latitude), values, targets = network(seed)
        values[:, 3] = np.nan
        without = np.delete(values, 3, axis=1)
        coordinates = np.delete(longitude, 3), np.delete(latitude, 3)
        np.testing.assert_allclose(
            self.fitted((longitude, latitude), values).predict(targets, values),
            self.fitted(coordinates, without).predict(targets, without),
            rtol=1e-8,
        )

    @checked
    @given(SEEDS)
    def test_an_hour_knows_nothing_of_other_hours(self, seed):
        """Of hours beyond its lags."""
        coordinates, values, targets = network(seed)
        fitted = self.fitted(coordinates, values)
        changed = values.copy()
        beyond = self.lags + 1
        changed[beyond:] = changed[beyond:] * 2 + 7
        np.testing.assert_allclose(
            fitted.predict(targets, changed)[0], fitted.predict(targets, values[:beyond])[0], rtol=1e-9
        )

    def test_hours_without_any_measurement_are_missing(self):
        coordinates, values, targets = network(1)
        values[2] = np.nan
        estimate = self.fitted(coordinates, values).predict(targets, values)
        assert estimate.shape == (8, 7)
        assert np.isnan(estimate[2]).all()
        assert np.isfinite(np.delete(estimate, 2, axis=0)).all()

    def test_one_measuring_station_gives_its_value(self):
        coordinates, values, targets = network(2)
        lonely = np.full((1, 25), np.nan)
        lonely[0, 4] = 42.0
        np.testing.assert_allclose(self.fitted(coordinates, values).predict(targets, lonely), 42.0)

    def test_coincident_stations_are_no_trouble(self):
        (longitude, latitude), values, targets = network(3)
        longitude[1], latitude[1] = longitude[0], latitude[0]
        estimate = self.fitted((longitude, latitude), values).predict(targets, values)
        assert np.isfinite(estimate).all()

    def test_fit_returns_self_and_assigns_nothing_else(self):
        coordinates, values, _ = network(4)
        interpolator = clone(self.interpolator)
        parameters = interpolator.get_params()
        assert interpolator.fit(coordinates, values) is interpolator
        assert interpolator.get_params() == parameters
        added = vars(interpolator).keys() - parameters.keys()
        assert all(name.endswith("_") for name in added)

    def test_predict_before_fit(self):
        coordinates, values, _ = network(5)
        with pytest.raises(NotFittedError):
            clone(self.interpolator).predict(coordinates, values)

    def test_bad_input(self):
        coordinates, values, targets = network(6)
        fitted = self.fitted(coordinates, values)
        with pytest.raises(InputError, match=r"values: shape \(8, 24\).*\[time, 25\]"):
            fitted.predict(targets, values[:, :-1])
        with pytest.raises(InputError, match="values: infinite"):
            fitted.predict(targets, np.where(np.isnan(values), np.inf, values))
        with pytest.raises(InputError, match=r"coordinates.*swapped"):
            fitted.predict(targets[::-1], values)
        with pytest.raises(InputError, match="coordinates: shapes"):
            fitted.predict((targets[0], targets[1][:-1]), values)
