import numpy as np
import pandas as pd
import pytest
import xarray as xr
from levels.levels_data import hourly, steady

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import STANDARDS, attainment, averages, exceedances, limits


@pytest.mark.parametrize("level", ["grade_1", "grade_2"])
def test_china_at_the_limit_and_above(level):
    table = limits("china")
    for name in table.index[~table.index.str.endswith("1y")]:
        pollutant, limit = name.split("_")[0], table.loc[name, level]
        step = 0.1 if pollutant == "co" else 1
        data = steady(**{pollutant: [limit, limit + 0.4 * step, limit + step]})
        found = exceedances(data, level=level)[name]
        assert found.values[-1].tolist() == [False, False, True], name


# The highest concentration that complies after rounding, and the next one: 40 CFR 50, appendices K, N, S, T and U.
@pytest.mark.parametrize(
    ("name", "units", "good", "bad"),
    [
        ("pm25_24h", "ug m-3", 35.4, 35.5),
        ("pm10_24h", "ug m-3", 154, 155),
        ("so2_1h", "ppb", 75.4, 75.5),
        ("no2_1h", "ppb", 100.4, 100.5),
        ("o3_8h", "ppm", 0.0709, 0.071),
        ("co_8h", "ppm", 9.4, 9.5),
        ("co_1h", "ppm", 35.4, 35.5),
    ],
)
def test_epa_at_the_limit_and_above(name, units, good, bad):
    found = exceedances(steady(units=units, hours=31, **{name.split("_")[0]: [good, bad]}), "epa")[name]
    assert found.values[0].tolist() == [False, True]


def test_counts():
    values = np.full((72, 2), 30.0)
    values[24:48, 0] = 80
    values[48:, 1] = np.nan
    found = exceedances(hourly(pm25=values))
    assert found.pm25_24h.dtype == bool
    assert found.pm25_24h.values.tolist() == [[False, False], [True, False], [False, False]]
    assert found.pm25_24h_count.values.tolist() == [1, 0]
    assert found.pm25_24h_valid.values.tolist() == [3, 2]
    assert found.pm25_24h.attrs == {"long_name": "PM2.5, mean of the local day, above 75 ug m-3", "units": "1"}
    assert found.attrs["limits"] == "GB 3095-2012, HJ 633-2012: grade_2"
    assert "pm25_1y" not in found
    assert exceedances(hourly(pm25=values), level="grade_1").pm25_24h_count.values.tolist() == [1, 0]


def test_hours_days_and_years_have_their_own_axes():
    time = pd.date_range("2023-12-31T17:00", periods=24 * 366, freq="h")
    values = np.full(len(time), 45.0)
    values[100] = 300
    data = xr.Dataset({"no2": ("time", values)}, {"time": time}, {"time_zone": "Asia/Shanghai"})
    found = exceedances(data)
    assert found.no2_1h.dims == ("time",)
    assert found.no2_1h_count == 1
    assert found.no2_24h.dims == ("day",)
    assert found.no2_24h_count == 0
    assert found.no2_1y.dims == ("year",)
    assert found.no2_1y_count == 1


def test_a_day_of_ozone_counts_once():
    time = pd.date_range("2024-06-01T01:00", periods=24 * 60, freq="h")
    values = np.where(np.isin(np.arange(len(time)) // 24, [9, 30, 45]) & np.isin(time.hour, range(11, 19)), 180.0, 60.0)
    found = exceedances(xr.Dataset({"o3": ("time", values)}, {"time": time}, {"time_zone": "UTC"}), "who")
    assert found.o3_8h_count == 3


def test_rounding_errors_of_a_mean_exceed_nothing():
    rng = np.random.default_rng(97)
    apart = np.round(rng.uniform(0, 9, 12), 1)
    values = np.concatenate([15 - apart, 15 + apart])
    rng.shuffle(values)
    data = hourly(pm25=values)
    assert averages(data, "who").pm25_24h.item() > 15  # by 1e-6
    assert not exceedances(data, "who").pm25_24h.item()
    assert attainment(data).pm25_24h.item() == 1


def test_attainment_at_every_level():
    values = [15, 15.1, 25, 37.5, 37.6, 50, 75, 75.1, np.nan]
    found = attainment(steady(pm25=values, so2=[40, 41, 50, 51, 125, 126, 0, 0, 0]))
    meanings = found.pm25_24h.attrs["flag_meanings"].split()
    assert meanings == ["missing", "AQG", "IT4", "IT3", "IT2", "IT1", "none"]
    assert [meanings[value] for value in found.pm25_24h.values[0]] == [
        *("AQG", "IT4", "IT4", "IT3", "IT2", "IT2", "IT1", "none", "missing"),
    ]
    assert [meanings[value] for value in found.so2_24h.values[0, :6]] == ["AQG", "IT2", "IT2", "IT1", "IT1", "none"]
    assert found.pm25_24h.dtype == np.int8


def test_attainment_agrees_with_exceedances():
    values = np.linspace(0, 200, 300)
    for standard in STANDARDS:
        data = steady(pm25=values, pm10=values, no2=values, co=values / 5, o3=values, so2=values)
        reached = attainment(data, standard)
        for place, level in enumerate(limits(standard).columns[2:], 1):
            for name, above in exceedances(data, standard, level=level).items():
                if name in reached:
                    np.testing.assert_array_equal(above, reached[name] > place)


def test_unknown_level():
    data = steady(pm25=[1])
    with pytest.raises(InputError, match="level: 'who' has no level 'IT9'; use one of AQG, IT4"):
        exceedances(data, "who", level="IT9")
