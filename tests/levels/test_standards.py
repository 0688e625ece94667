import numpy as np
import pandas as pd
import pytest
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import STANDARDS, aqi, exceedances, limits
from aqnet_pyg.levels.standard import Curve, Rounding
from aqnet_pyg.levels.standards import find_level

# GB 3095-2012, table 1 (grade 1 and 2); WHO 2021, tables 0.1 and 0.2 (IT1 to IT4, guideline); primary US standards;
# Directive (EU) 2024/2881 (by 2030, and those of 2008/50/EC).
# GB 3095-2026, grade 2: the final values, and those until 2030.
PUBLISHED = {
    "china_2026": {
        "pm25": {"24h": (50, 60), "1y": (25, 30)},
        "pm10": {"24h": (100, 120), "1y": (50, 60)},
        "so2": {"1h": (None, 500), "24h": (None, 150), "1y": (None, 60)},
        "no2": {"1h": (None, 200), "24h": (None, 80), "1y": (None, 40)},
        "o3": {"1h": (200, 200), "8h": (160, 160)},
        "co": {"1h": (10, 10), "24h": (4, 4)},
    },
    "china": {
        "pm25": {"24h": (35, 75), "1y": (15, 35)},
        "pm10": {"24h": (50, 150), "1y": (40, 70)},
        "so2": {"1h": (150, 500), "24h": (50, 150), "1y": (20, 60)},
        "no2": {"1h": (200, 200), "24h": (80, 80), "1y": (40, 40)},
        "o3": {"1h": (160, 200), "8h": (100, 160)},
        "co": {"1h": (10, 10), "24h": (4, 4)},
    },
    "who": {
        "pm25": {"24h": (15, 25, 37.5, 50, 75), "1y": (5, 10, 15, 25, 35)},
        "pm10": {"24h": (45, 50, 75, 100, 150), "1y": (15, 20, 30, 50, 70)},
        "so2": {"24h": (40, None, None, 50, 125)},
        "no2": {"1h": (200,), "24h": (25, None, None, 50, 120), "1y": (10, None, 20, 30, 40)},
        "o3": {"8h": (100, None, None, 120, 160), "peak_season": (60, None, None, 70, 100)},
        "co": {"1h": (35,), "8h": (10,), "24h": (4, None, None, None, 7)},
    },
    "eu": {
        "pm25": {"24h": (25,), "1y": (10, 25)},
        "pm10": {"24h": (45, 50), "1y": (20, 40)},
        "so2": {"1h": (350, 350), "24h": (50, 125), "1y": (20,)},
        "no2": {"1h": (200, 200), "24h": (50,), "1y": (20, 40)},
        "o3": {"8h": (120, 120)},
        "co": {"8h": (10, 10), "24h": (4,)},
    },
    "epa": {
        "pm25": {"24h": (35,), "1y": (9,)},
        "pm10": {"24h": (150,)},
        "so2": {"1h": (75,)},
        "no2": {"1h": (100,), "1y": (53,)},
        "o3": {"8h": (0.070,)},
        "co": {"1h": (35,), "8h": (9,)},
    },
}


@pytest.mark.parametrize("standard", PUBLISHED)
def test_limits_are_those_published(standard):
    table = limits(standard)
    expected = {f"{name}_{time}": row for name, rows in PUBLISHED[standard].items() for time, row in rows.items()}
    assert table.index.tolist() == list(expected)
    levels = table.columns[2:]
    for name, row in expected.items():
        found = [None if np.isnan(value) else value for value in table.loc[name, levels]]
        assert found == [*row, *[None] * (len(levels) - len(row))]
    assert table.loc["co_8h" if standard == "eu" else "co_1h", "units"] == ("ppm" if standard == "epa" else "mg m-3")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("even", [34, 36, 36, 35]), ("half_up", [35, 36, 37, 35]), ("down", [34, 35, 36, 35]), ("up", [35, 36, 37, 36])],
)
def test_rounding_modes(mode, expected):
    values = np.array([34.5, 35.5, 36.5, 35.1])
    assert Rounding(1, mode)(values).tolist() == expected


def test_rounding_ignores_errors_of_binary_fractions():
    assert Rounding(0.1, "down")(np.array([35.4, 0.3 - 1e-7])).round(6).tolist() == [35.4, 0.3]


@pytest.mark.parametrize(("extrapolation", "above"), [("constant", 100), ("linear", 150), ("none", np.nan)])
def test_curves_beyond_their_ends(extrapolation, above):
    curve = Curve(((10, 0), (20, 50), (30, 100)), extrapolation)
    np.testing.assert_array_equal(curve(np.array([9, 10, 15, 30, 40, np.nan])), [np.nan, 0, 25, 100, above, np.nan])


@pytest.mark.parametrize(
    ("standard", "level"),
    {"china": "grade_2", "china_2026": "until_2030", "epa": "primary", "eu": "until_2029", "who": "AQG"}.items(),
)
def test_default_levels(standard, level):
    assert find_level(standard, None) == level


@pytest.mark.parametrize("standard", STANDARDS)
def test_limits_are_those_of_levels(standard):
    rules = STANDARDS[standard]
    assert all(set(limit.values) <= set(rules.levels) for limit in rules.limits.values())


def test_unknown_standard_and_level():
    with pytest.raises(InputError, match="standard: 'europe' is unknown; use one of china, china_2026, epa, eu, who"):
        limits("europe")
    with pytest.raises(InputError, match="level: 'who' has no level 'IT9'; use one of AQG, IT4"):
        find_level("who", "IT9")


@pytest.mark.parametrize(("day", "warned"), [("2026-02-27", False), ("2026-02-28", True)])
@pytest.mark.parametrize("standard", ["china", "china_2026"])
def test_a_standard_that_was_replaced_is_named(caplog, day, warned, standard):
    time = pd.date_range(f"{day}T17:00", periods=24, freq="h")
    hours = xr.Dataset({"pm25": ("time", np.full(24, 61.0))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
    for compute in (exceedances, aqi):
        caplog.clear()
        compute(hours, standard)
        assert caplog.messages == (
            [
                "standard: 'china' (GB 3095-2012, HJ 633-2012) was replaced on 2026-03-01, and the data end on 2026-03-01; use "
                "'china_2026' for the days since then."
            ]
            if warned and standard == "china"
            else []
        )


def test_the_index_of_2026_has_100_at_the_limit_values_until_2030():
    for name, before in (("pm25", 82), ("pm10", 85)):
        limit = limits("china_2026").loc[f"{name}_24h", "until_2030"]
        time = pd.date_range("2026-03-01T17:00", periods=24, freq="h")
        hours = xr.Dataset({name: ("time", np.full(24, limit))}, {"time": time}, {"time_zone": "Asia/Shanghai"})
        assert aqi(hours, "china_2026").aqi.item() == 100
        assert aqi(hours).aqi.item() == before
