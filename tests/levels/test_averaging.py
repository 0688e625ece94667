import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from levels.levels_data import hourly
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import aqi, attainment, averages, daily_means, exceedances, nowcast, running_means


def fail_if_computed(*args, **kwargs):
    raise AssertionError("computed")


def by_hand(series, zone_hours):
    """Hours of each local day, by pandas."""
    local = series.copy()
    local.index = local.index + pd.Timedelta(zone_hours - 1, "h")
    return local.groupby(local.index.floor("D"))


@settings(max_examples=50)
@given(
    st.integers(0, 23),
    st.integers(1, 80),
    st.sampled_from([("Asia/Shanghai", 8), ("America/New_York", -5), ("UTC", 0), ("-03:00", -3)]),
)
def test_local_days(first, hours, zone):
    name, ahead = zone
    time = pd.date_range("2024-07-01", periods=hours, freq="h") + pd.Timedelta(
        first, "h"
    )  # summer: standard time counts
    values = np.random.default_rng(hours).random(hours)
    data = xr.Dataset({"pm25": ("time", values)}, {"time": time}, {"time_zone": name})
    found = daily_means(data, min_hours=5).pm25.to_series()
    groups = by_hand(pd.Series(values, time), ahead)
    expected = groups.mean().where(groups.count() >= 5)
    pd.testing.assert_series_equal(found, expected, check_names=False, check_freq=False, check_index_type=False)


def test_the_hour_that_ends_at_midnight_belongs_to_the_day_before():
    values = np.zeros(49)
    values[23] = 24  # 1 January, 23 to 24 o'clock
    found = daily_means(hourly(pm25=values)).pm25
    assert found.values[:2].tolist() == [1, 0]
    assert found.day.values.astype("datetime64[D]").astype(str).tolist() == ["2025-01-01", "2025-01-02", "2025-01-03"]
    assert np.isnan(found.values[2])


def test_zones_that_are_half_an_hour_off():
    values = np.arange(48.0)
    data = hourly("Asia/Kolkata", "2025-01-01 00:30", pm25=values)  # the first hour began on 31 December
    found = daily_means(data, min_hours=1).pm25
    assert found.values.tolist() == [0, values[1:25].mean(), values[25:].mean()]
    xr.testing.assert_identical(daily_means(data, min_hours=1, time_zone="+05:30").pm25, found)


@pytest.mark.parametrize(("missing", "standards"), [(4, ["china", "epa", "who"]), (5, ["epa", "who"]), (7, [])])
def test_minimum_hours_of_a_day(missing, standards):
    values = np.full(24, 30.0)
    values[:missing] = np.nan
    found = [name for name in ("china", "epa", "who") if averages(hourly(pm25=values), name).pm25_24h.notnull().all()]
    assert found == standards


def test_missing_hours_count_as_missing_values():
    data = hourly(pm25=np.arange(48.0))
    thinned = data.isel(time=[hour for hour in range(48) if hour % 5])
    expected = data.where(data.time.isin(thinned.time))
    xr.testing.assert_identical(daily_means(thinned, min_hours=1), daily_means(expected, min_hours=1))
    xr.testing.assert_identical(running_means(thinned), running_means(expected).isel(time=slice(1, None)))


def test_running_means_end_with_their_label():
    values = np.arange(10.0)
    values[3] = np.nan
    found = running_means(hourly(o3=values), 8)
    expected = [np.nan] * 6 + [np.nanmean(values[:7]), np.nanmean(values[:8]), np.nanmean(values[1:9])]
    np.testing.assert_allclose(found.o3.values[:9], expected)
    assert found.o3.attrs["long_name"] == "O3, mean of the last 8 hours"
    assert running_means(hourly(o3=values), 8, min_hours=8).o3.notnull().sum() == 0


def eight_hours(data, name, first, count, min_count):
    """Highest 8-hour mean of each day, of ``count`` means that begin from the hour ``first`` on, by loops."""
    series = data[name].to_series()
    series.index = series.index + pd.Timedelta("8h")
    found = {}
    for day in pd.date_range(series.index[0].floor("D"), series.index[-1].floor("D")):
        means = []
        for start in range(first, first + count):
            window = series.reindex(pd.date_range(day + pd.Timedelta(start + 1, "h"), periods=8, freq="h"))
            if window.count() >= 6 and window.index[-1] <= series.index[-1]:
                means.append(window.mean())
        found[day] = max(means) if len(means) >= min_count else np.nan
    return pd.Series(found)


@pytest.mark.parametrize(
    ("standard", "name", "first", "count", "min_count"),
    [("china", "o3", 0, 17, 14), ("epa", "o3", 7, 17, 13), ("who", "o3", -7, 24, 18), ("epa", "co", -7, 24, 18)],
)
def test_highest_eight_hours(standard, name, first, count, min_count):
    rng = np.random.default_rng(1)
    values = rng.random(24 * 12) * (50 if name == "o3" else 3)
    values[rng.random(len(values)) < 0.2] = np.nan
    data = hourly(start="2025-01-01 07:00", **{name: values})
    found = averages(data, standard)[f"{name}_8h"]
    factor = {"china": 1, "who": 1, "epa": 24.465 / 47.998 / 1000 if name == "o3" else 24.465 / 28.01}[standard]
    expected = eight_hours(data, name, first, count, min_count) * factor
    np.testing.assert_allclose(found.to_series().loc[expected.index], expected, rtol=1e-4)
    assert 2 <= found.notnull().sum() < len(found)


def test_a_maximum_above_the_limit_is_valid_with_few_hours():
    values = np.full(24, np.nan)
    values[8:16] = 200
    found = averages(hourly(o3=values))
    assert found.o3_8h.item() == 200
    assert np.isnan(found.o3_1h.item())  # 200 is not above the level of the hour
    values[8:16] = 150
    assert np.isnan(averages(hourly(o3=values)).o3_8h.item())


def test_nowcast_by_hand():
    values = np.array([50, 80, 75, 90, 82, 53, 64, 74, 21, 10, 16, 13.0])
    found = nowcast(hourly(pm25=values, o3=values))
    assert list(found.data_vars) == ["pm25"]
    weights = 0.5 ** np.arange(11, -1, -1)
    assert found.pm25.values[-1] == pytest.approx((weights * values).sum() / weights.sum())
    assert found.pm25.values[-1] == pytest.approx(17.4, abs=0.05)
    assert nowcast(hourly(pm10=np.full(12, 40))).pm10.values[-1] == 40
    assert nowcast(hourly(pm10=np.zeros(12))).pm10.values[-1] == 0


@pytest.mark.parametrize(
    ("last", "there"), [([1, 0, 1], True), ([1, 1, 0], True), ([0, 1, 0], False), ([0, 0, 0], False)]
)
def test_nowcast_needs_two_of_the_last_three_hours(last, there):
    values = np.full(12, 20.0)
    values[-3:][np.array(last) == 0] = np.nan
    assert bool(nowcast(hourly(pm25=values)).pm25.notnull().values[-1]) == there


def test_years():
    time = pd.date_range("2023-12-31T17:00", periods=24 * (366 + 340), freq="h")
    values = np.where(time.year == 2024, 10.0, 20.0)
    data = xr.Dataset({"pm25": ("time", values)}, {"time": time}, {"time_zone": "Asia/Shanghai"})
    data["pm25"][: 24 * 30] = np.nan
    found = averages(data, period="year").pm25_1y
    assert found.year.values.tolist() == [2024, 2025]
    np.testing.assert_allclose(found, [10, 20], rtol=2e-3)
    data["pm25"][: 24 * 50] = np.nan
    assert np.isnan(averages(data, period="year").pm25_1y.values[0])  # 316 days of the 324 required
    assert averages(data, "epa", period="year").pm25_1y.notnull().all()


def test_peak_season():
    time = pd.date_range("2023-12-31T17:00", periods=24 * 366, freq="h")
    local = time + pd.Timedelta("7h")
    data = xr.Dataset({"o3": ("time", 10.0 * local.month)}, {"time": time}, {"time_zone": "Asia/Shanghai"})
    found = averages(data, "who", period="year").o3_peak_season
    assert found.values[0] == pytest.approx(10 * np.mean([7, 8, 9, 10, 11, 12]), rel=1e-3)
    data = data.where(xr.DataArray(local.month != 9, dims="time"))
    assert averages(data, "who", period="year").o3_peak_season.values[0] == pytest.approx(
        10 * np.mean([3, 4, 5, 6, 7, 8]), rel=1e-2
    )


FUNCTIONS = {
    "daily_means": daily_means,
    "running_means": running_means,
    "nowcast": nowcast,
    **{f"averages {name}": lambda data, name=name: averages(data, name) for name in ("china", "epa", "who")},
    **{
        f"aqi {name} {period}": lambda data, name=name, period=period: aqi(data, name, period=period)
        for name in ("china", "epa")
        for period in ("day", "hour")
    },
    **{f"exceedances {name}": lambda data, name=name: exceedances(data, name) for name in ("china", "epa", "who")},
    "attainment": attainment,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_lazy_and_equal(function):
    data = random_station_data(3, 60, missing=0.2)
    with dask.config.set(scheduler=fail_if_computed):
        lazy = function(data.chunk(time=7, station=2))
    assert all(variable.chunks is not None for variable in lazy.data_vars.values())
    expected = function(data)
    with dask.config.set(scheduler="sync"):
        xr.testing.assert_allclose(lazy.compute(), expected, rtol=1e-6)
    for name, variable in expected.variables.items():
        assert lazy[name].dtype == variable.dtype
        assert str(lazy[name].attrs) == str(variable.attrs)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_grids_equal_stations_and_keep_coordinates_and_mapping(function):
    stations = random_station_data(6, 60).drop_vars(["longitude", "latitude"])
    cells = {"latitude": ("latitude", [30.0, 31.0], {"units": "degrees_north"}), "longitude": [110.0, 111.0, 112.0]}
    grid = xr.Dataset(
        {
            name: (
                ("time", *cells),
                stations[name].values.reshape(60, 2, 3),
                {"units": "ug m-3", "grid_mapping": "crs"},
            )
            for name in stations.data_vars
        },
        {"time": stations.time, **cells},
        {"title": "a field"},
    ).assign(crs=((), 0, {"grid_mapping_name": "latitude_longitude"}))
    with_zone = grid.assign_attrs(time_zone="Asia/Shanghai")
    before = stations.copy(deep=True)
    found, expected = function(with_zone), function(stations)
    xr.testing.assert_identical(stations, before)
    for name, variable in expected.data_vars.items():
        assert found[name].dims == tuple(
            part for dim in variable.dims for part in (["latitude", "longitude"] if dim == "station" else [dim])
        )
        np.testing.assert_array_equal(found[name].values.ravel(), variable.values.ravel())
        assert found[name].attrs["grid_mapping"] == "crs"
    assert found.crs.attrs == {"grid_mapping_name": "latitude_longitude"}
    assert found.attrs["title"] == "a field"
    for name in cells:
        xr.testing.assert_identical(found[name], grid[name])


def test_invalid_input():
    data = hourly(pm25=np.zeros(24))
    with pytest.raises(InputError, match="time_zone: the data have no such attribute"):
        daily_means(data.drop_attrs())
    assert daily_means(data.drop_attrs(), time_zone="Asia/Shanghai").pm25.values == [0]
    with pytest.raises(InputError, match="'China Standard' is not a time zone"):
        daily_means(data, time_zone="China Standard")
    with pytest.raises(InputError, match=r"no pollutant along 'time' was found .*variables wind"):
        daily_means(data.rename(pm25="wind"))
    with pytest.raises(InputError, match="no pollutant along 'time'"):
        daily_means(data.isel(time=slice(0)))
    with pytest.raises(InputError, match="'time' is not ascending in whole hours"):
        running_means(data.isel(time=slice(None, None, -1)))
    with pytest.raises(InputError, match="'time' has no times as its coordinate"):
        running_means(data.assign_coords(time=np.arange(24)))
    with pytest.raises(InputError, match="period: 'month' is unknown"):
        averages(data, period="month")
    with pytest.raises(InputError, match=r"the pollutants o3 have none of the averages pm25_1y, no2_1y"):
        averages(hourly(o3=np.zeros(24)), "epa", period="year")


def test_fill_values_are_missing():
    time = pd.date_range("2024-01-01 01:00", periods=24, freq="h")
    values = np.full((24, 1), 50.0)
    values[:3, 0] = -999.0, 9.96921e36, np.inf
    data = xr.Dataset({"pm25": (("time", "station"), values)}, {"time": time}, {"time_zone": "UTC"})
    missing = data.assign(pm25=data.pm25.where((data.pm25 > 0) & (data.pm25 < 100)))
    xr.testing.assert_identical(daily_means(data), daily_means(missing))
    assert float(daily_means(data).pm25[0, 0]) == 50.0
