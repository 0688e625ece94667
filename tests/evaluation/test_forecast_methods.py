"""Windows of forecasts, and what they are scored against."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation.evaluation_data import small_forecast_case
from numpy.testing import assert_array_equal

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.baselines.persistence import Persistence
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_methods import InterpolatedForecast
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.windows import Window


def test_windows_end_at_the_issue_and_lie_in_the_test_hours():
    case = small_forecast_case(issue_hours=(0, 12))
    time = case.data.indexes["time"]
    windows = case.windows()
    assert len(windows) == len(case.issues) > 5
    for issue, window in zip(case.issues, windows, strict=True):
        assert window.sizes == {"time": 72, "station": 6}
        assert window.indexes["time"][47] == time[issue]
        assert time[issue].tz_localize("UTC").tz_convert("Asia/Shanghai").hour in (0, 12)
        assert case.test[issue - 47 : issue + 25].all()
        assert_array_equal(window.pm25[:48], case.measured().pm25[issue - 47 : issue + 1])
        assert all(window[name][48:].isnull().all() for name in window.data_vars)


def test_every_issue_that_fits_is_made():
    case = small_forecast_case()
    hours = np.flatnonzero(case.test)
    # One a day, from the first midnight with a whole history to the last with a whole horizon.
    assert (np.diff(case.issues) == 24).all()
    assert case.issues[0] - 47 - hours[0] < 24
    assert hours[-1] - (case.issues[-1] + 24) < 24
    gap = case.test.copy()
    gap[case.issues[2] + 3] = False
    assert set(replace(case, test=gap).issues) <= set(case.issues) - {case.issues[2]}


def test_what_is_known_ahead_is_shown():
    case = small_forecast_case(known=("o3",))
    window, issue = case.windows()[0], case.issues[0]
    assert_array_equal(window.o3, case.measured().o3[issue - 47 : issue + 25])
    assert window.pm25[48:].isnull().all()


def test_the_future_is_what_follows_the_issue():
    case = small_forecast_case()
    future = case.future(case.hidden)
    assert future.shape == (len(case.issues), 24, 2)
    first = case.issues[1] + 1
    assert_array_equal(future[1], case.data.pm25.sel(station=list(case.hidden)).values[first : first + 24])


def test_a_test_without_room_for_a_window_is_refused():
    with pytest.raises(InputError, match="no window of 300"):
        _ = small_forecast_case(window=Window(300, horizon=24)).issues


def test_forecasts_at_targets_are_interpolated_lead_by_lead():
    case = small_forecast_case()
    method = InterpolatedForecast(Persistence, OrdinaryKriging())
    method.fit(case.training_data(), case.validation_data(), "pm25", case.window, 0)
    visible, hidden = method.predict(case.windows(), case.targets)
    assert visible.shape == (len(case.issues), 24, 6)
    training = case.training_data()
    kriging = OrdinaryKriging().fit(coordinates_of(training), training.pm25.values)
    np.testing.assert_allclose(hidden[2], kriging.predict(case.targets, visible[2]))
    # The mean of the last day, whatever the history before it; the station is told in local time.
    last = case.windows()[2].pm25[24:48].mean("time")
    np.testing.assert_allclose(visible[2, 5], last, rtol=1e-6)
    assert method.forecaster.utc_offset == 8


def test_a_station_that_was_silent_is_not_interpolated():
    case = small_forecast_case()
    method = InterpolatedForecast(Persistence, OrdinaryKriging())
    method.fit(case.training_data(), case.validation_data(), "pm25", case.window, 0)
    whole, *_ = case.windows()
    silent = whole.copy(deep=True)
    silent.pm25[:, 0] = np.nan
    nothing = whole.where(False)
    visible, hidden = method.predict([whole, silent, nothing], case.targets)
    # Climatology is said for it, which says nothing of the places around it.
    assert np.isfinite(visible).all()
    said = visible[0].copy()
    said[:, 0] = np.nan
    np.testing.assert_allclose(hidden[1], method.interpolator.predict(case.targets, said))
    # Where nobody is heard, climatology is all there is.
    assert np.isfinite(hidden[2]).all()


def test_daily_means_need_most_hours_and_use_the_same_hours_of_a_forecast():
    protocol = PROTOCOLS["long-term"]
    rng = np.random.default_rng(0)
    truth, forecast = rng.uniform(0, 100, (2, 5, 168, 3))
    truth[0, :4, 0] = np.nan  # 20 hours are left
    truth[0, 24:29, 0] = np.nan  # 19 hours
    truth[1, :24] = np.nan  # no station
    measured, predicted = protocol.aggregates(truth, truth), protocol.aggregates(truth, forecast)
    assert measured["7d_station"].shape == (5, 7, 3)
    assert predicted["2d_network"].shape == (5, 2)
    assert predicted["4d_station"][0, 0, 0] == pytest.approx(forecast[0, 4:24, 0].mean())
    assert np.isnan(measured["2d_station"][0, 1, 0])
    assert np.isnan(predicted["2d_station"][0, 1, 0])
    assert np.isnan(measured["2d_network"][1, 0])
    assert measured["2d_network"][0, 1] == pytest.approx(truth[0, 24:48, 1:].mean())
    assert predicted["7d_network"][3, 6] == pytest.approx(forecast[3, 144:].mean())


def test_short_horizons_are_hours_up_to_the_lead():
    values = np.arange(2 * 24 * 3.0).reshape(2, 24, 3)
    tables = PROTOCOLS["short-term"].aggregates(values, values)
    assert {name: table.shape for name, table in tables.items()} == {
        "6h": (2, 6, 3),
        "12h": (2, 12, 3),
        "24h": (2, 24, 3),
    }
    assert_array_equal(tables["6h"], values[:, :6])


def test_forecasters_are_given_the_training_hours_only():
    """Views of a case have the whole axis, empty outside the training; some forecasters keep their last hours apart."""

    class Spy(Persistence):
        def fit(self, values, time):
            assert np.isfinite(values[0]).any()
            assert np.isfinite(values[-1]).any()
            assert len(time) == len(values)
            return super().fit(values, time)

    case = small_forecast_case()
    training = case.training_data()
    assert training.pm25[-1].isnull().all()
    InterpolatedForecast(Spy, OrdinaryKriging(range_km=500, nugget=0.1)).fit(
        training, case.validation_data(), "pm25", case.window, 0
    )
