"""Base classes of tests for classical methods: spatial interpolators and forecasters."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from aqnet_pyg.baselines import Climatology, Coordinates, Forecaster, Interpolator
from aqnet_pyg.testing.base import PropertyTests

_SEEDS = st.integers(0, 2**16)


def synthetic_network(
    seed: int, stations: int = 25, hours: int = 8, targets: int = 7, missing: float = 0.2
) -> tuple[Coordinates, np.ndarray, Coordinates]:
    """Synthetic waves over a region, with noise and gaps.

    Args:
        seed: Seed of positions, noise and gaps.
        stations: Number of stations.
        hours: Number of hours.
        targets: Number of targets.
        missing: Fraction of missing values.

    Returns:
        Longitudes and latitudes of stations, values of shape ``[time, station]``, and longitudes and latitudes of targets.
    """
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(104, 124, stations), rng.uniform(32, 43, stations)
    phase = np.arange(hours)[:, None] / 5
    values = 60 + 30 * np.sin(coordinates[0] / 3 + phase) + 20 * np.cos(coordinates[1] / 2 - phase)
    values = np.maximum(values + rng.normal(0, 5, values.shape), 1)
    values[rng.random(values.shape) < missing] = np.nan
    return coordinates, values, (rng.uniform(104, 124, targets), rng.uniform(32, 43, targets))


class BaselineTests(PropertyTests):
    """Tests of a spatial baseline, a subclass of :class:`aqnet_pyg.baselines.Interpolator`. Override :meth:`make`.

    Set ``lags`` to the number of hours on each side that an estimate depends on, and ``constant = False`` if a constant field
    does not stay constant. Override :meth:`make_exact` if the method can interpolate exactly.
    """

    examples = 10
    seed = _SEEDS
    level = st.floats(0, 500)
    lags = 0
    constant = True

    @abstractmethod
    def make(self) -> Interpolator:
        """Make the baseline, not fitted."""

    def make_exact(self) -> Interpolator | None:
        """Make one that reproduces the measurements at their stations; None if there is none."""
        return None

    def fitted(self, coordinates: Coordinates, values: np.ndarray) -> Interpolator:
        """Fit the baseline; arguments as for :meth:`aqnet_pyg.baselines.Interpolator.fit`."""
        return self.make().fit(coordinates, values)

    def test_recovers_known_points(self) -> None:
        """Estimates at the stations are their measurements."""
        exact = self.make_exact()
        if exact is None:
            pytest.skip(f"{type(self).__name__} does not guarantee exact")
        coordinates, values, _ = synthetic_network(0, missing=0)
        np.testing.assert_allclose(exact.fit(coordinates, values).predict(coordinates, values), values, rtol=1e-4)

    def test_a_constant_field_stays_constant(self, level: float, seed: int) -> None:
        """The estimate is the constant at every target."""
        if not self.constant:
            pytest.skip(f"{type(self).__name__} does not guarantee constant")
        coordinates, values, targets = synthetic_network(seed)
        estimate = self.fitted(coordinates, values).predict(targets, np.where(np.isnan(values), np.nan, level))
        np.testing.assert_allclose(estimate, level, rtol=1e-9, atol=1e-9)

    def test_full_turns_of_longitude_have_no_effect(self, seed: int) -> None:
        """Adding 360 degrees to longitudes changes no estimate."""
        (longitude, latitude), values, (target_longitude, target_latitude) = synthetic_network(seed)
        # Around the prime meridian, so that only some longitudes change.
        here = self.fitted((longitude - 110, latitude), values)
        turned = self.fitted(((longitude - 110) % 360, latitude), values)
        np.testing.assert_allclose(
            turned.predict(((target_longitude - 110) % 360, target_latitude), values),
            here.predict((target_longitude - 110, target_latitude), values),
            rtol=1e-8,
        )

    def test_order_of_stations_and_targets_has_no_effect(self, seed: int) -> None:
        """Reordering changes no estimate, up to rounding."""
        (longitude, latitude), values, targets = synthetic_network(seed)
        expected = self.fitted((longitude, latitude), values).predict(targets, values)
        stations = np.random.default_rng(seed).permutation(len(longitude))
        shuffled = self.fitted((longitude[stations], latitude[stations]), values[:, stations])
        backwards = (targets[0][::-1], targets[1][::-1])
        np.testing.assert_allclose(shuffled.predict(backwards, values[:, stations])[:, ::-1], expected, rtol=1e-8)

    def test_station_without_measurements_has_no_effect(self, seed: int) -> None:
        """Estimates are those without the station, wherever it is located."""
        (longitude, latitude), values, targets = synthetic_network(seed)
        values[:, 3] = np.nan
        without = np.delete(values, 3, axis=1)
        coordinates = np.delete(longitude, 3), np.delete(latitude, 3)
        np.testing.assert_allclose(
            self.fitted((longitude, latitude), values).predict(targets, values),
            self.fitted(coordinates, without).predict(targets, without),
            rtol=1e-8,
        )

    def test_hours_are_independent_beyond_the_lags(self, seed: int) -> None:
        """Changing hours beyond the lags changes no estimate."""
        coordinates, values, targets = synthetic_network(seed)
        fitted = self.fitted(coordinates, values)
        changed, beyond = values.copy(), self.lags + 1
        changed[beyond:] = changed[beyond:] * 2 + 7
        np.testing.assert_allclose(
            fitted.predict(targets, changed)[0], fitted.predict(targets, values[:beyond])[0], rtol=1e-9
        )

    def test_arguments_are_not_modified(self) -> None:
        """Fitting and predicting modify neither values nor coordinates."""
        coordinates, values, targets = synthetic_network(7)
        before = [each.copy() for each in (*coordinates, values, *targets)]
        self.fitted(coordinates, values).predict(targets, values)
        for old, new in zip(before, (*coordinates, values, *targets), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_hours_without_any_measurement_are_missing(self) -> None:
        """Estimates are missing in these hours only."""
        coordinates, values, targets = synthetic_network(1)
        values[2] = np.nan
        estimate = self.fitted(coordinates, values).predict(targets, values)
        assert estimate.shape == (8, 7), f"the estimate for 8 hours at 7 targets has shape {estimate.shape}."
        assert np.isnan(estimate[2]).all()
        assert np.isfinite(np.delete(estimate, 2, axis=0)).all()

    def test_single_measurement_is_the_estimate_everywhere(self) -> None:
        """With one measurement in an hour, every estimate is its value."""
        if not self.constant:
            pytest.skip(f"{type(self).__name__} does not guarantee constant")
        coordinates, values, targets = synthetic_network(2)
        single = np.full((1, 25), np.nan)
        single[0, 4] = 42.0
        np.testing.assert_allclose(self.fitted(coordinates, values).predict(targets, single), 42.0)

    def test_coincident_stations_give_finite_estimates(self) -> None:
        """Two stations at the same coordinates do not make the system singular."""
        (longitude, latitude), values, targets = synthetic_network(3)
        longitude[1], latitude[1] = longitude[0], latitude[0]
        assert np.isfinite(self.fitted((longitude, latitude), values).predict(targets, values)).all()

    def test_fit_returns_self_and_assigns_nothing_else(self) -> None:
        """Parameters are unchanged, fitted attributes end in an underscore, and a clone is not fitted, as in scikit-learn."""
        coordinates, values, targets = synthetic_network(4)
        interpolator = self.make()
        parameters = interpolator.get_params()
        assert interpolator.fit(coordinates, values) is interpolator
        assert interpolator.get_params() == parameters
        added = vars(interpolator).keys() - parameters.keys()
        assert all(name.endswith("_") for name in added), (
            f"fit set {', '.join(sorted(added))}; fitted attributes must end in an underscore."
        )
        with pytest.raises(NotFittedError):
            clone(interpolator).predict(targets, values)

    def test_predict_before_fit_raises_an_error(self) -> None:
        """Predicting before fitting raises an error."""
        coordinates, values, _ = synthetic_network(5)
        with pytest.raises(NotFittedError):
            self.make().predict(coordinates, values)


HISTORY, HORIZON = 48, 12


def synthetic_series(
    hours: int = 400, stations: int = 3, seed: int = 0, missing: float = 0.1, period: float = 36
) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Synthetic series with a daily cycle, waves of another period, and gaps.

    Args:
        hours: Number of hours.
        stations: Number of stations.
        seed: Seed of phases and gaps.
        missing: Fraction of missing values.
        period: Period of the waves in hours.

    Returns:
        Values, shape ``[time, station]``, and their hours (UTC).
    """
    rng = np.random.default_rng(seed)
    time = pd.date_range("2015-12-20", periods=hours, freq="h")
    hour = np.arange(hours)[:, None]
    phase = rng.uniform(0, 2 * np.pi, stations)
    values = 60 + 20 * np.sin(2 * np.pi * hour / period + phase) + 10 * np.cos(2 * np.pi * hour / 24)
    values[rng.random(values.shape) < missing] = np.nan
    return values, time


def synthetic_windows(
    values: np.ndarray, time: pd.DatetimeIndex, every: int = 24
) -> tuple[np.ndarray, np.ndarray, pd.DatetimeIndex]:
    """Split series into histories, the values that follow, and the last hours of the histories.

    Args:
        values: Values, shape ``[time, station]``.
        time: Hours of the values.
        every: Hours between windows.

    Returns:
        Arrays of shapes ``[window, history, station]``, ``[window, horizon, station]`` and ``[window]``.
    """
    ends = np.arange(HISTORY - 1, len(values) - HORIZON, every)
    history = np.stack([values[end - HISTORY + 1 : end + 1] for end in ends])
    return history, np.stack([values[end + 1 : end + HORIZON + 1] for end in ends]), time[ends]


class ForecasterTests(PropertyTests):
    """Tests of a forecaster, a subclass of :class:`aqnet_pyg.baselines.Forecaster`. Override :meth:`make`.

    ``rtol`` is the relative tolerance of its forecasts, ``constant_within`` the largest error for a constant series.
    """

    rtol = 1e-9
    constant_within = 1e-9
    _examples: ClassVar[dict[type, tuple[Forecaster, np.ndarray, np.ndarray, pd.DatetimeIndex]]] = {}

    @abstractmethod
    def make(self, history: int, horizon: int, utc_offset: float = 8.0) -> Forecaster:
        """Make the forecaster, not fitted.

        Args:
            history: Number of hours of input.
            horizon: Number of hours to forecast.
            utc_offset: Hours of local time ahead of UTC.
        """

    def fitted(self, values: np.ndarray, time: pd.DatetimeIndex) -> Forecaster:
        """Fit a forecaster; arguments as for :meth:`aqnet_pyg.baselines.Forecaster.fit`."""
        return self.make(HISTORY, HORIZON).fit(values, time)

    @property
    def example(self) -> tuple[Forecaster, np.ndarray, np.ndarray, pd.DatetimeIndex]:
        """A fitted forecaster, and windows of another series: histories ``[window, history, station]``, futures, ends."""
        if type(self) not in self._examples:
            windows = synthetic_windows(*synthetic_series(seed=1))
            self._examples[type(self)] = (self.fitted(*synthetic_series()), *windows)
        return self._examples[type(self)]

    def test_forecasts_every_hour_of_every_window_and_station(self) -> None:
        """Forecasts are finite float64 values."""
        fitted, history, future, end = self.example
        forecast = fitted.predict(history, end)
        assert forecast.shape == future.shape, f"the forecast has shape {forecast.shape}; expected {future.shape}."
        assert forecast.dtype == np.float64
        assert np.isfinite(forecast).all()

    def test_order_of_stations_has_no_effect(self) -> None:
        """Reordering stations reorders forecasts, and a single station has the same forecast."""
        fitted, history, _, end = self.example
        expected = fitted.predict(history, end)
        np.testing.assert_allclose(fitted.predict(history[:, :, ::-1], end)[:, :, ::-1], expected, rtol=self.rtol)
        np.testing.assert_allclose(fitted.predict(history[:, :, 1:2], end)[:, :, 0], expected[:, :, 1], rtol=self.rtol)

    def test_windows_are_independent(self) -> None:
        """The forecast of a window depends on its own history only."""
        fitted, history, _, end = self.example
        together = fitted.predict(history, end)
        for window in (0, 3):
            alone = fitted.predict(history[window : window + 1], end[window : window + 1])
            np.testing.assert_allclose(alone[0], together[window], rtol=self.rtol)
        changed = history.copy()
        changed[1:] *= 2
        np.testing.assert_allclose(fitted.predict(changed, end)[0], together[0], rtol=self.rtol)

    def test_arguments_are_not_modified(self) -> None:
        """Fitting and predicting modify neither values nor histories."""
        values, time = synthetic_series()
        before = values.copy()
        fitted = self.fitted(values, time)
        history, _, end = synthetic_windows(values, time)
        history_before = history.copy()
        fitted.predict(history, end)
        np.testing.assert_array_equal(values, before)
        np.testing.assert_array_equal(history, history_before)

    def test_constant_series_stays_constant(self) -> None:
        """Up to ``constant_within``."""
        values, time = synthetic_series()
        values = np.where(np.isnan(values), np.nan, 42.0)
        history, _, end = synthetic_windows(values, time)
        np.testing.assert_allclose(self.fitted(values, time).predict(history, end), 42, atol=self.constant_within)

    def test_missing_history_gives_the_climatology(self) -> None:
        """Forecasts are never missing; without any value in the history, they are the climatology."""
        fitted, history, _, end = self.example
        history = history.copy()
        history[0] = np.nan
        history[1, :, 0] = np.nan
        history[2, 5:, 1] = np.nan
        history[3, :-1] = np.nan
        forecast = fitted.predict(history, end)
        assert np.isfinite(forecast).all()
        climatology = Climatology(HISTORY, HORIZON).fit(*synthetic_series()).predict(history, end)
        np.testing.assert_allclose(forecast[0], climatology[0])
        np.testing.assert_allclose(forecast[1, :, 0], climatology[1, :, 0])

    def test_fitting_is_reproducible(self) -> None:
        """Fitting again gives the same forecasts bit for bit, since random numbers are seeded."""
        fitted, history, _, end = self.example
        again = self.fitted(*synthetic_series())
        np.testing.assert_array_equal(again.predict(history, end), fitted.predict(history, end))

    def test_only_the_local_hour_has_an_effect(self) -> None:
        """In another time zone, the same local hours give the same forecasts."""
        values, time = synthetic_series()
        history, _, end = synthetic_windows(values, time)
        here = self.fitted(values, time).predict(history, end)
        shift = pd.Timedelta(hours=8)
        there = self.make(HISTORY, HORIZON, 0.0).fit(values, time + shift).predict(history, end + shift)
        np.testing.assert_array_equal(here, there)

    def test_time_zones_are_converted(self) -> None:
        """Times with a zone are converted to UTC."""
        fitted, history, _, end = self.example
        local = end.tz_localize("UTC").tz_convert("Asia/Shanghai")
        np.testing.assert_array_equal(fitted.predict(history, local), fitted.predict(history, end))

    def test_stations_and_hours_without_measurements_give_finite_forecasts(self) -> None:
        """A station without values and an outage of all stations are allowed."""
        values, time = synthetic_series(stations=4)
        values[:, 2] = np.nan
        values[100:130] = np.nan
        history, _, end = synthetic_windows(values, time)
        assert np.isfinite(self.fitted(values, time).predict(history, end)).all()

    def test_fit_returns_self_and_assigns_nothing_else(self) -> None:
        """Parameters are unchanged and fitted attributes end in an underscore, as in scikit-learn."""
        values, time = synthetic_series()
        forecaster = self.make(HISTORY, HORIZON)
        parameters = forecaster.get_params()
        assert forecaster.fit(values, time) is forecaster
        assert forecaster.get_params() == parameters
        assert all(name.endswith("_") for name in vars(forecaster).keys() - parameters.keys())

    def test_predict_before_fit_raises_an_error(self) -> None:
        """Predicting before fitting raises an error."""
        history, _, end = synthetic_windows(*synthetic_series())
        with pytest.raises(NotFittedError):
            self.make(HISTORY, HORIZON).predict(history, end)
