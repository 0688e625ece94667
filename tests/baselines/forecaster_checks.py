"""What every forecaster must do: a test class inherits :class:`ForecasterChecks` and names its forecaster."""

from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from aqnet_pyg.baselines import Climatology
from aqnet_pyg.errors import InputError

HISTORY, HORIZON = 48, 12
HOURS = {"history": HISTORY, "horizon": HORIZON}


def series(hours=400, stations=3, seed=0, missing=0.1, period=36):
    """Waves of a period that is not a day, on a daily cycle, with gaps: values ``[time, station]`` and their hours."""
    rng = np.random.default_rng(seed)
    time = pd.date_range("2015-12-20", periods=hours, freq="h")
    hour = np.arange(hours)[:, None]
    phase = rng.uniform(0, 2 * np.pi, stations)
    values = 60 + 20 * np.sin(2 * np.pi * hour / period + phase) + 10 * np.cos(2 * np.pi * hour / 24)
    values[rng.random(values.shape) < missing] = np.nan
    return values, time


def windows(values, time, every=24):
    """Histories, what followed, and the last hours of the histories."""
    ends = np.arange(HISTORY - 1, len(values) - HORIZON, every)
    history = np.stack([values[end - HISTORY + 1 : end + 1] for end in ends])
    return history, np.stack([values[end + 1 : end + HORIZON + 1] for end in ends]), time[ends]


class ForecasterChecks:
    """Subclasses set :attr:`forecaster`, with the history and horizon of this module, and how exact it is."""

    forecaster = None
    rtol = 1e-9

    def fitted(self, values, time):
        return clone(self.forecaster).fit(values, time)

    @cached_property
    def example(self):
        values, time = series()
        return self.fitted(values, time), *windows(*series(seed=1))

    def test_forecasts_every_hour_of_every_window_and_station(self):
        fitted, history, future, end = self.example
        forecast = fitted.predict(history, end)
        assert forecast.shape == future.shape
        assert forecast.dtype == np.float64
        assert np.isfinite(forecast).all()

    def test_labels_of_stations_do_not_matter(self):
        fitted, history, _, end = self.example
        expected = fitted.predict(history, end)
        np.testing.assert_allclose(fitted.predict(history[:, :, ::-1], end)[:, :, ::-1], expected, rtol=self.rtol)
        np.testing.assert_allclose(fitted.predict(history[:, :, 1:2], end)[:, :, 0], expected[:, :, 1], rtol=self.rtol)

    def test_windows_that_hold_its_future_do_not_matter(self):
        fitted, history, _, end = self.example
        together = fitted.predict(history, end)
        for window in (0, 3):
            alone = fitted.predict(history[window : window + 1], end[window : window + 1])
            np.testing.assert_allclose(alone[0], together[window], rtol=self.rtol)
        changed = history.copy()
        changed[1:] *= 2
        np.testing.assert_allclose(fitted.predict(changed, end)[0], together[0], rtol=self.rtol)

    def test_what_it_is_given_is_left_as_it_was(self):
        values, time = series()
        before = values.copy()
        fitted = self.fitted(values, time)
        history, _, end = windows(values, time)
        seen = history.copy()
        fitted.predict(history, end)
        np.testing.assert_array_equal(values, before)
        np.testing.assert_array_equal(history, seen)

    def test_a_constant_series_forecasts_itself(self):
        values, time = series()
        values = np.where(np.isnan(values), np.nan, 42.0)
        history, _, end = windows(values, time)
        np.testing.assert_allclose(self.fitted(values, time).predict(history, end), 42, atol=self.constant_within)

    constant_within = 1e-9

    def test_never_nan(self):
        fitted, history, _, end = self.example
        history = history.copy()
        history[0] = np.nan
        history[1, :, 0] = np.nan
        history[2, 5:, 1] = np.nan
        history[3, :-1] = np.nan
        forecast = fitted.predict(history, end)
        assert np.isfinite(forecast).all()
        usual = Climatology(**HOURS).fit(*series()).predict(history, end)
        np.testing.assert_allclose(forecast[0], usual[0])
        np.testing.assert_allclose(forecast[1, :, 0], usual[1, :, 0])

    def test_learns_the_same_again(self):
        fitted, history, _, end = self.example
        again = self.fitted(*series())
        np.testing.assert_array_equal(again.predict(history, end), fitted.predict(history, end))

    def test_only_the_local_hour_matters(self):
        values, time = series()
        history, _, end = windows(values, time)
        here = self.fitted(values, time).predict(history, end)
        # The same local hours, elsewhere.
        shift = pd.Timedelta(hours=8)
        there = clone(self.forecaster).set_params(utc_offset=0).fit(values, time + shift).predict(history, end + shift)
        np.testing.assert_array_equal(here, there)

    def test_zones_are_understood(self):
        fitted, history, _, end = self.example
        local = end.tz_localize("UTC").tz_convert("Asia/Shanghai")
        np.testing.assert_array_equal(fitted.predict(history, local), fitted.predict(history, end))

    def test_stations_and_hours_without_measurements_are_no_trouble(self):
        values, time = series(stations=4)
        values[:, 2] = np.nan
        values[100:130] = np.nan
        history, _, end = windows(values, time)
        assert np.isfinite(self.fitted(values, time).predict(history, end)).all()

    def test_fit_returns_self_and_assigns_nothing_else(self):
        values, time = series()
        forecaster = clone(self.forecaster)
        parameters = forecaster.get_params()
        assert forecaster.fit(values, time) is forecaster
        assert forecaster.get_params() == parameters
        assert all(name.endswith("_") for name in vars(forecaster).keys() - parameters.keys())

    def test_predict_before_fit(self):
        history, _, end = windows(*series())
        with pytest.raises(NotFittedError):
            clone(self.forecaster).predict(history, end)

    def test_bad_input(self):
        values, time = series()
        fitted, history, _, end = self.example
        new = clone(self.forecaster)
        with pytest.raises(InputError, match=r"values: shape \(400, 3\).*\[399, station\]"):
            new.fit(values, time[:-1])
        with pytest.raises(InputError, match="time: hours are left out"):
            new.fit(np.delete(values, 7, axis=0), time.delete(7))
        with pytest.raises(InputError, match="values: infinite"):
            new.fit(np.where(np.isnan(values), np.inf, values), time)
        with pytest.raises(InputError, match="values: nothing was measured"):
            new.fit(np.full(values.shape, np.nan), time)
        with pytest.raises(InputError, match="time: this is no time"):
            new.fit(values, ["then"] * len(values))
        with pytest.raises(InputError, match="end: a time is missing"):
            fitted.predict(history[:1], pd.DatetimeIndex([pd.NaT]))
        with pytest.raises(InputError, match=r"history: shape .*use \[15, 48, station\]"):
            fitted.predict(history[:, 1:], end)
        with pytest.raises(InputError, match="history: infinite"):
            fitted.predict(np.where(np.isnan(history), np.inf, history), end)
        with pytest.raises(InputError, match="horizon: 0"):
            clone(self.forecaster).set_params(horizon=0).fit(values, time)
