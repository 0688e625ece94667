"""Predictions over the periods that standards judge."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from aqnet_pyg.inference.averaging_periods import PERIODS, over_period, period_of
from aqnet_pyg.levels import STANDARDS
from aqnet_pyg.levels.averaging import DailyMaximum, DailyMean, RunningMean


def reconstruction(hours=72, places=("A", "B")):
    """Each hour has its own value; the first local day of standard time begins with the first hour."""
    time = pd.date_range("2024-12-31 17:00", periods=hours, freq="h")  # the hour that ends at 1:00 local time
    value = np.arange(hours, dtype=np.float32)[:, None] + np.array([0.0, 1000.0], np.float32)
    dims = ("time", "station")
    return xr.Dataset(
        {"pm25": (dims, value), "pm25_spread": (dims, 0 * value + 3), "pm25_measured": (dims, value + 5)},
        {"time": time, "station": list(places)},
        {"time_zone": "Asia/Shanghai"},
    )


def forecasts(horizon=48, issued=2):
    """Two forecasts, a day apart; the value is the number of hours ahead."""
    reference = pd.date_range("2024-12-31 16:00", periods=issued, freq="D")  # local midnight
    lead = np.arange(1, horizon + 1, dtype=np.int32)
    dims = ("forecast_reference_time", "lead", "station")
    value = np.broadcast_to(lead[None, :, None], (issued, horizon, 2)).astype(np.float32)
    return xr.Dataset(
        {"pm25": (dims, value), "pm25_spread": (dims, 0 * value + 3)},
        {
            "forecast_reference_time": reference,
            "lead": lead,
            "time": (dims[:2], reference.values[:, None] + lead * np.timedelta64(1, "h")),
            "station": ["A", "B"],
        },
        {"time_zone": "Asia/Shanghai"},
    )


@pytest.mark.parametrize(
    ("average", "name"),
    [
        (RunningMean(), "1h"),
        (RunningMean(24, min_hours=18), None),
        (DailyMean(min_hours=20), "24h"),
        (DailyMaximum(RunningMean(), first=0, count=24, min_count=18, valid_above=9.0), "day_1h"),
        (DailyMaximum(RunningMean(8, min_hours=6), first=7, count=17, min_count=13, valid_above=70.0), "day_8h"),
        (DailyMaximum(RunningMean(3), first=0, count=22, min_count=18, valid_above=9.0), None),
    ],
)
def test_averages_have_the_errors_of_a_period_whatever_their_minimum_of_hours(average, name):
    assert period_of(average) == name


def test_every_period_has_its_own_errors_and_is_needed_by_a_standard():
    assert [period_of(average) for average in PERIODS.values()] == list(PERIODS)
    used = {period_of(limit.average) for standard in STANDARDS.values() for limit in standard.limits.values()}
    assert used - {None} == set(PERIODS)


def test_days_of_a_reconstruction_are_local():
    (day,) = over_period(reconstruction(), "pm25", PERIODS["24h"])
    assert day.value.dims == ("day", "station")
    assert day.value.day.values.astype("M8[D]").astype(str).tolist() == ["2025-01-01", "2025-01-02", "2025-01-03"]
    np.testing.assert_allclose(day.value.sel(station="A"), [11.5, 35.5, 59.5])
    np.testing.assert_allclose(day.measured, day.value + 5)
    assert (day.spread == 3).all()
    assert day.lead == 0


def test_a_maximum_has_the_mean_spread_of_the_day():
    result = reconstruction(hours=24)
    result["pm25_spread"][:] = np.arange(24)[:, None]
    (day,) = over_period(result, "pm25", PERIODS["day_1h"])
    np.testing.assert_allclose(day.value, [[23.0, 1023.0]])
    np.testing.assert_allclose(day.spread, 11.5)
    (day,) = over_period(result, "pm25", PERIODS["day_8h"])
    np.testing.assert_allclose(day.value.sel(station="A"), [np.arange(16, 24).mean()])


def test_days_with_few_hours_are_missing():
    result = reconstruction(hours=48)
    result["pm25"][3:10, 0] = np.nan
    (day,) = over_period(result, "pm25", PERIODS["24h"])
    np.testing.assert_array_equal(day.value.isnull(), [[True, False], [False, False]])


def test_each_forecast_is_averaged_by_itself_with_its_lead():
    days = list(over_period(forecasts(), "pm25", PERIODS["24h"]))
    assert len(days) == 2
    for number, day in enumerate(days):
        np.testing.assert_allclose(day.value.sel(station="B"), [12.5, 36.5])
        np.testing.assert_allclose(day.lead, [12.5, 36.5])
        assert str(day.value.day.values[0].astype("M8[D]")) == f"2025-01-0{number + 1}"
        assert day.measured is None


def test_arguments_have_the_shape_of_the_value():
    km = xr.DataArray([4.0, 9.0], dims="station")
    (day,) = over_period(reconstruction(), "pm25", PERIODS["24h"])
    value, spread, distance, lead = day.arguments(km)
    assert value.shape == spread.shape == distance.shape == lead.shape == (3, 2)
    np.testing.assert_array_equal(value, day.value)
    np.testing.assert_array_equal(distance, [[4.0, 9.0]] * 3)
    forecast, _ = over_period(forecasts(), "pm25", PERIODS["1h"])
    value, _, distance, lead = forecast.arguments(km)
    assert value.shape == (48, 2)
    np.testing.assert_array_equal(lead[:, 1], np.arange(1, 49))
    np.testing.assert_array_equal(distance[:, 1], 9.0)
