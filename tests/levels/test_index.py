from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from levels.levels_data import hourly, steady

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import aqi

# HJ 633-2012, table 1, column by column.
IAQI = [0, 50, 100, 150, 200, 300, 400, 500]
CHINA_DAY = {  # ozone has two averages: see below
    "so2": [0, 50, 150, 475, 800, 1600, 2100, 2620],
    "no2": [0, 40, 80, 180, 280, 565, 750, 940],
    "pm10": [0, 50, 150, 250, 350, 420, 500, 600],
    "co": [0, 2, 4, 14, 24, 36, 48, 60],
    "pm25": [0, 35, 75, 115, 150, 250, 350, 500],
}
CHINA_HOUR = {
    "so2": [0, 150, 500, 650, 800],
    "no2": [0, 100, 200, 700, 1200, 2340, 3090, 3840],
    "pm10": CHINA_DAY["pm10"],
    "co": [0, 5, 10, 35, 60, 90, 120, 150],
    "o3": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "pm25": CHINA_DAY["pm25"],
}

# 40 CFR 58, appendix G, table 2 of 2024: both ends of the classes Good to Hazardous.
AQI = [(0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500)]
EPA = {
    ("pm25", "ug m-3", "0.1"): "0-9.0 9.1-35.4 35.5-55.4 55.5-125.4 125.5-225.4 225.5-325.4",
    ("pm10", "ug m-3", "1"): "0-54 55-154 155-254 255-354 355-424 425-604",
    ("no2", "ppb", "1"): "0-53 54-100 101-360 361-649 650-1249 1250-2049",
    ("so2", "ppb", "1"): "0-35 36-75 76-185 186-304 305-604 605-1004",
    ("co", "ppm", "0.1"): "0-4.4 4.5-9.4 9.5-12.4 12.5-15.4 15.5-30.4 30.5-50.4",
    ("o3", "ppm", "0.001"): "0-0.054 0.055-0.070 0.071-0.085 0.086-0.105 0.106-0.200",
}


def china(breakpoints, value):
    """The index by the formula of the standard, in fractions."""
    for low, high, index_low, index_high in zip(breakpoints, breakpoints[1:], IAQI, IAQI[1:], strict=False):
        if low <= value <= high:
            return ceil(Fraction(index_high - index_low, high - low) * (Fraction(value) - low) + index_low)
    return 500


def epa(classes, value):
    for (low, high), (index_low, index_high) in zip(classes, AQI, strict=False):
        if value <= high or high == classes[-1][1]:
            line = (index_high - index_low) / (high - low) * (value - low) + index_low
            return floor(line + Fraction(1, 2))
    raise AssertionError


@pytest.mark.parametrize(
    ("period", "pollutant"), [*(("day", name) for name in CHINA_DAY), *(("hour", name) for name in CHINA_HOUR)]
)
def test_china_at_and_beside_every_breakpoint(period, pollutant):
    breakpoints = (CHINA_DAY if period == "day" else CHINA_HOUR)[pollutant]
    step = Fraction(1, 10) if pollutant == "co" else Fraction(1)
    values = [point + side * step for point in breakpoints for side in (-1, 0, 1) if point + side * step >= 0]
    values = [value for value in values if (pollutant, period) != ("so2", "hour") or value <= 800]
    found = aqi(steady(**{pollutant: [float(value) for value in values]}), period=period)
    expected = [china(breakpoints, value) for value in values]
    assert found[f"{pollutant}_aqi"].values[-1].tolist() == expected
    assert found.aqi.values[-1].tolist() == expected
    for point, index in zip(breakpoints, IAQI, strict=False):
        assert china(breakpoints, point) == index


def test_china_rounds_concentrations_to_the_even_integer():
    found = aqi(steady(pm25=[35.4, 35.5, 36.5, 74.5, 75.5], co=[2.04, 2.06, 2.14, 4.04, 4.06]))
    assert found.pm25_aqi.values[0].tolist() == [50, 52, 52, 99, 102]
    assert found.co_aqi.values[0].tolist() == [50, 53, 53, 100, 101]


def test_china_interpolates_between_joined_breakpoints():
    found = aqi(steady(pm25=[36, 76, 120, 151, 251], co=[2.5, 2.9, 3.9, 4.9, 14.1]))
    assert found.pm25_aqi.values[0].tolist() == [52, 102, 158, 201, 301]
    assert found.co_aqi.values[0].tolist() == [63, 73, 98, 105, 151]


def test_china_ozone_by_the_day_has_two_averages():
    values = np.zeros((24, 3))
    values[12:20] = [160, 100, 801]  # 8-hour means of 160, 100 and 801
    values[20] = [160, 301, 0]
    found = aqi(hourly(o3=values)).o3_aqi.values[0].tolist()
    # 100 from 8 hours; 151 from the highest hour; above 800 in 8 hours, the index is that of 801 in the hour.
    assert found == [100, 151, 301]


def test_china_so2_above_800_in_an_hour_uses_the_24_hour_mean():
    values = np.full((24, 2), 100.0)
    values[-1] = [800, 801]
    values[:4, 1] = np.nan  # 20 hours are enough
    found = aqi(hourly(so2=values), period="hour").so2_aqi.values[-1]
    assert found.tolist() == [200, china(CHINA_DAY["so2"], round((19 * 100 + 801) / 20))]
    assert np.isnan(aqi(hourly(so2=values[-3:]), period="hour").so2_aqi.values[-1, 1])


@pytest.mark.parametrize("key", EPA)
def test_epa_at_and_beside_every_breakpoint(key):
    pollutant, units, step = key
    classes = [tuple(map(Fraction, pair.split("-"))) for pair in EPA[key].split()]
    step = Fraction(step)
    values = [end + side * step for pair in classes for end in pair for side in (0, 1) if end + side * step <= pair[1]]
    values += [classes[-1][1] + 200 * step] if pollutant != "o3" else []
    for part in (Fraction(0), Fraction(99, 100)):  # truncated
        data = steady(units=units, hours=31, **{pollutant: [float(value + part * step) for value in values]})
        found = aqi(data, "epa")
        expected = [epa(classes, value) for value in values]
        if pollutant == "o3":  # from 0.125 ppm on, the same value in one hour gives more
            expected = [max(one, hour(value)) for one, value in zip(expected, values, strict=True)]
        assert found[f"{pollutant}_aqi"].values[0].tolist() == expected
    assert epa(classes, classes[1][0]) == 51
    assert epa(classes, classes[1][1]) == 100


def hour(value):
    """Ozone of one hour, from 0.125 ppm on."""
    classes = [(0, 0)] * 2 + [
        tuple(map(Fraction, pair.split("-"))) for pair in ["0.125-0.164", "0.165-0.204", "0.205-0.404", "0.405-0.604"]
    ]
    return 0 if value < Fraction("0.125") else epa(classes, value)


def test_epa_ozone_above_the_eight_hour_scale_uses_the_hour():
    data = steady(units="ppm", hours=31, o3=[0.200, 0.201, 0.3, 0.404, 0.405, 0.604, 0.704])
    assert aqi(data, "epa").o3_aqi.values[0].tolist() == [300, 300, 300, 300, 301, 500, 600]


def test_epa_so2_above_304_in_an_hour_uses_the_24_hour_mean():
    values = np.full((24, 3), 100.0)
    values[12] = [304, 305, 900]
    found = aqi(hourly(so2=values, units="ppb"), "epa").so2_aqi.values[0]
    assert found.tolist() == [200, 200, 200]


# Worked out from appendix G: 49 / 19.9 * 0.4 + 101, 49 / 4.9 * 3.9 + 51, 49 / 0.014 * 0.007 + 101, 49 / 259 * 99 + 101,
# 49 / 109 * 24 + 101; PM2.5 of 9.06 is truncated to 9.0.
@pytest.mark.parametrize(
    ("pollutant", "units", "value", "index"),
    [
        ("pm25", "ug m-3", 35.9, 102),
        ("co", "ppm", 8.4, 90),
        ("o3", "ppm", 0.078, 126),
        ("no2", "ppm", 0.2, 120),
        ("so2", "ppm", 0.1, 112),
        ("pm25", "ug m-3", 9.06, 50),
    ],
)
def test_epa_by_hand(pollutant, units, value, index):
    assert aqi(steady(units=units, hours=31, **{pollutant: [value]}), "epa").aqi.values[0, 0] == index


def test_epa_converts_mass():
    # 0.070 ppm of ozone are 137.4 µg m-3 at 25 °C, 100 ppb of NO2 are 188.0, 9.4 ppm of CO are 10.76 mg m-3.
    found = aqi(steady(hours=31, o3=[137.5, 139.5], no2=[188.2, 190.2], co=[10.8, 10.9]), "epa")
    for name in ("o3", "no2", "co"):
        assert found[f"{name}_aqi"].values[0].tolist() == [100, 101]


def test_epa_hour_is_the_nowcast():
    values = np.array([50, 80, 75, 90, 82, 53, 64, 74, 21, 10, 16, 13.0])
    found = aqi(hourly(pm25=values), "epa", period="hour")
    assert found.aqi.dims == ("time",)
    assert found.aqi.values[-1] == epa(
        [(Fraction(0), Fraction(9)), (Fraction("9.1"), Fraction("35.4"))], Fraction("17.4")
    )


def test_category_and_primary_pollutants():
    found = aqi(steady(pm25=[35, 75, 75, 76, 500, np.nan], pm10=[50, 150, 148, 50, 600, np.nan]))
    assert found.aqi.values[0, :5].tolist() == [50, 100, 100, 102, 500]
    meanings = found.category.attrs["flag_meanings"].split()
    assert meanings == [
        *("missing", "excellent", "good", "lightly_polluted", "moderately_polluted", "heavily_polluted"),
        "severely_polluted",
    ]
    assert found.category.attrs["flag_labels"] == "–, 优, 良, 轻度污染, 中度污染, 重度污染, 严重污染"
    assert found.category.values[0].tolist() == [1, 2, 2, 3, 6, 0]
    assert len(found.category.attrs["flag_colors"].split()) == len(found.category.attrs["flag_values"]) == 7
    masks = dict(
        zip(
            found.primary_pollutant.attrs["flag_meanings"].split(),
            found.primary_pollutant.attrs["flag_masks"].tolist(),
            strict=True,
        )
    )
    pm25, pm10 = masks["pm25"], masks["pm10"]
    assert found.primary_pollutant.values[0].tolist() == [0, pm25 | pm10, pm25, pm25, pm25 | pm10, 0]
    assert np.isnan(found.aqi.values[0, 5])
    assert aqi(steady(pm25=[1.0], pm10=[0.0]), "epa").primary_pollutant.item() == pm25


@pytest.mark.parametrize(
    ("standard", "highest"), [("china", [50, 100, 150, 200, 300]), ("epa", [50, 100, 150, 200, 300])]
)
def test_edges_of_categories(standard, highest):
    values = np.linspace(0, 400, 4001)
    found = aqi(steady(pm25=values), standard)
    expected = 1 + sum((found.aqi.values > edge).astype(int) for edge in highest)
    np.testing.assert_array_equal(found.category.values, expected)
    assert set(expected.ravel()) == {1, 2, 3, 4, 5, 6}


def test_the_other_pollutants_count_where_one_is_missing():
    found = aqi(steady(pm25=[np.nan, 75], no2=[40, np.nan]))
    assert found.aqi.values[0].tolist() == [50, 100]


concentrations = st.lists(st.floats(0, 2000, width=32), min_size=2, max_size=20)


@settings(max_examples=100)
@given(
    concentrations,
    st.sampled_from(["pm25", "pm10", "so2", "no2", "o3", "co"]),
    st.sampled_from(["china", "epa"]),
    st.sampled_from(["day", "hour"]),
)
def test_the_index_increases_with_concentration(values, pollutant, standard, period):
    if pollutant == "so2":
        values = [min(value, 800) for value in values]  # above 800 there is no index of an hour
    index = aqi(steady(hours=31, **{pollutant: sorted(values)}), standard, period=period).aqi
    index = index.values[0 if period == "day" else -1]
    assert not np.isnan(index).any()
    assert (np.diff(index) >= 0).all()
    assert (index % 1 == 0).all()


@settings(max_examples=50)
@given(st.lists(st.booleans(), min_size=24, max_size=24), st.sampled_from(["china", "epa"]))
def test_the_index_is_missing_without_enough_hours(missing, standard):
    values = np.where(missing, np.nan, 50.0)
    found = aqi(hourly(pm25=values), standard)
    enough = 24 - sum(missing) >= (20 if standard == "china" else 18)
    assert bool(found.aqi.notnull().item()) == enough
    assert (found.category.item() > 0) == enough
    assert (found.primary_pollutant.item() > 0) == enough


def test_names_units_and_coordinates():
    data = steady(pm25=[30, 40]).assign_coords(longitude=("station", [110.0, 111.0], {"units": "degrees_east"}))
    found = aqi(data)
    assert found.aqi.attrs["units"] == found.pm25_aqi.attrs["units"] == "1"
    assert found.aqi.attrs["long_name"] == "air quality index (GB 3095-2012, HJ 633-2012), local day"
    assert found.attrs == data.attrs
    for variable in found.data_vars.values():
        xr.testing.assert_identical(variable.longitude, data.longitude)
    assert found.day.attrs["long_name"] == "local day (standard time, UTC+8 h)"


def test_netcdf_keeps_values_and_flags(tmp_path):
    found = aqi(steady(pm25=[30, 40]))
    found.to_netcdf(tmp_path / "aqi.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "aqi.nc", engine="h5netcdf") as again:
        xr.testing.assert_equal(again, found)
        assert again.category.dtype == np.int8
        assert again.category.attrs["flag_meanings"] == found.category.attrs["flag_meanings"]


def test_standard_and_period_without_index():
    data = steady(pm25=[30])
    with pytest.raises(
        InputError, match=r"standard: 'who' has no index for the period 'day'; use china, china_2026, epa"
    ):
        aqi(data, "who")
    with pytest.raises(InputError, match="standard: 'china' has no index for the period 'year'"):
        aqi(data, period="year")
    with pytest.raises(InputError, match="standard: 'gb' is unknown; use one of china, china_2026, epa, eu, who"):
        aqi(data, "gb")
