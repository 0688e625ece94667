"""Local dates to hours."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.local_dates import (
    DEFAULT_DATES,
    consecutive_runs,
    date_mask,
    load_zone,
    local_days,
    sample_days,
    split_hours,
    zone_name,
)

TIME = pd.date_range("2014-12-30", "2015-04-02", freq="h")
DAYS = local_days(TIME, "Asia/Shanghai")


@given(st.integers(-12 * 60, 14 * 60))
def test_zones_of_fixed_offsets(minutes):
    name = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    assert load_zone(name).utcoffset(None) == timedelta(minutes=minutes)


def test_zones_by_name():
    assert load_zone("Asia/Shanghai") == ZoneInfo("Asia/Shanghai")
    with pytest.raises(InputError, match=r"^data: 'Mars' is not a time zone; use an IANA name"):
        load_zone("Mars", "data")


@pytest.mark.parametrize(
    "name", ["", "Asia", "/etc/localtime", "China Standard Time", "+25:00", "+01:75", "+8", None, 8]
)
def test_names_of_no_zone_are_refused(name):
    with pytest.raises(InputError, match=r"^time_zone: .* is not a time zone"):
        load_zone(name)


def chosen(text):
    return TIME[date_mask(DAYS, text, "test")]


@pytest.mark.parametrize(
    ("text", "first", "last", "days"),
    [
        ("2015-01-20", "2015-01-19 17:00", "2015-01-20 16:00", 1),
        ("2015-01-20/2015-01-25", "2015-01-19 17:00", "2015-01-25 16:00", 6),
        ("2015-02", "2015-01-31 17:00", "2015-02-28 16:00", 28),
        ("2015-01/2015-02", "2014-12-31 17:00", "2015-02-28 16:00", 59),
        ("2015-01-01, 2015-03-31", "2014-12-31 17:00", "2015-03-31 16:00", 2),
    ],
)
def test_dates_are_local_whole_and_inclusive(text, first, last, days):
    hours = chosen(text)
    assert (hours[0], hours[-1], len(hours)) == (pd.Timestamp(first), pd.Timestamp(last), 24 * days)


def test_a_year_is_what_the_data_have_of_it():
    assert chosen("2015")[0] == pd.Timestamp("2014-12-31 17:00")
    assert chosen("2015")[-1] == TIME[-1]


def test_known_folders_have_dates_and_others_need_them():
    time = pd.date_range("2013-12-01", "2016-12-31", freq="h")
    data = xr.Dataset(coords={"time": time}, attrs={"time_zone": "Asia/Shanghai"})
    parts = split_hours(data, "beijing_2013_2016", {})
    assert sum(parts.values()).max() == 1
    assert time[parts["test"]][0] == pd.Timestamp("2015-12-31 17:00")
    again = split_hours(data, "elsewhere", DEFAULT_DATES["beijing_2013_2016"])
    np.testing.assert_array_equal(again["train"], parts["train"])
    with pytest.raises(InputError, match="validation: there are no default dates"):
        split_hours(data, "elsewhere", {"train": "2014", "test": "2016"})


@pytest.mark.parametrize("text", ["yesterday", "2015-13", "2015/", "/2015", ""])
def test_what_is_no_date_is_refused(text):
    if text == "2015/":
        assert chosen(text).size == chosen("2015").size
        return
    with pytest.raises(InputError, match="test: "):
        chosen(text)


def test_runs_end_where_a_step_is_longer():
    hours = TIME[[0, 1, 4, 9, 10]]
    assert [list(run) for run in consecutive_runs(hours)] == [list(TIME[[0, 1]]), [TIME[4]], list(TIME[[9, 10]])]
    assert [list(run) for run in consecutive_runs(hours, 3)] == [list(TIME[[0, 1, 4]]), list(TIME[[9, 10]])]


@given(first=st.integers(0, 60), length=st.integers(1, 30), count=st.integers(1, 40))
def test_sample_days_are_whole_and_about_as_many_as_requested(first, length, count):
    day = DAYS - DAYS[0]
    among = (day > first) & (day <= first + length)
    spread = sample_days(TIME, "Asia/Shanghai", among, count)
    assert not (spread & ~among).any()
    number = np.unique(DAYS[spread]).size
    assert spread.sum() == (among & np.isin(DAYS, DAYS[spread])).sum()
    assert min(count, length) <= number < 2 * count or number == length


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Etc/GMT-1", "UTC+1"), ("Etc/GMT+6", "UTC-6"), ("+05:30", "UTC+05:30"), ("Asia/Shanghai", "Asia/Shanghai")],
)
def test_names_of_zones_have_the_usual_sign(zone, name):
    assert zone_name(zone) == name
    if zone[0] == "E":
        assert pd.Timestamp("2024-01-01", tz=zone).utcoffset() == pd.Timedelta(hours=int(name[3:]))
