from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files.times import (
    NO_TIME,
    AmbiguousDates,
    check_zone,
    day_first,
    is_clock,
    is_zone,
    parse_clocks,
    parse_dates,
    parse_times,
    to_utc,
    zone_of,
)

EPOCH = datetime(1970, 1, 1)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2068, 12, 31)).map(lambda t: t.replace(second=0, microsecond=0))


def seconds(*texts, order=None):
    return parse_times(pa.array(texts, pa.string()), order).seconds.tolist()


def since(time):
    return round((time - EPOCH).total_seconds())


@given(
    moments,
    st.sampled_from(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M", "%Y%m%d%H%M", "%Y%m%d %H:%M",
                     "%d %b %Y %H:%M", "%d-%B-%Y %H:%M", "%b %d, %Y %H:%M", "%a, %d %b %Y %H:%M:%S", "%Y年%m月%d日 %H:%M",
                     "%Y-%m-%d %I:%M %p"]),
)  # fmt: skip
def test_spellings_without_ambiguity(time, form):
    assert seconds(time.strftime(form)) == [since(time)]


@given(moments, st.sampled_from("/.-"), st.booleans(), st.booleans())
def test_dates_that_end_in_the_year(time, mark, first, short):
    if short and time.year < 1970:
        time = time.replace(year=time.year + 50, day=min(time.day, 28))
    parts = (time.day, time.month) if first else (time.month, time.day)
    year = f"{time.year % 100:02}" if short else str(time.year)
    text = f"{parts[0]}{mark}{parts[1]}{mark}{year} {time:%H:%M}"
    assert seconds(text, order=first) == [since(time)]
    try:
        found = day_first([text], "data.csv")
    except AmbiguousDates:
        assert (mark == "-" and short) or max(parts) <= 12
    else:
        assert found == (first if max(parts) > 12 else True)
        assert max(parts) > 12 or mark == "."


@given(moments, st.integers(-14 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters)))
def test_offsets(time, offset):
    local = (time + offset).replace(tzinfo=timezone(offset))
    others = [
        f"{local:{form}}" for form in ("%Y-%m-%dT%H:%M%z", "%Y/%m/%d %H:%M %z", "%d %b %Y %H:%M%z", "%d/%m/%Y %H:%M %z")
    ]
    for text in (local.isoformat(), local.isoformat(sep=" "), *others):
        times = parse_times(pa.array([text]), True)
        assert times.seconds.tolist() == [since(time)]
        assert times.is_utc.all()
        assert not times.dates


@given(st.integers(1_000_000_000, 1_899_999_999))  # other numbers of 10 or 12 digits may be dates, such as 2023020713
def test_epochs(number):
    for text in (str(number), f"{number}.0", f"{number}000"):
        times = parse_times(pa.array([text]), None)
        assert times.seconds.tolist() == [number]
        assert times.is_utc.all()


def test_midnight_as_24():
    midnight = since(datetime(2024, 3, 1))
    assert seconds("2024-02-29 24:00", "2024-02-29 24:00:00", "29.02.2024 24:00", order=True) == [midnight] * 3
    assert seconds("2024-02-29 24:01", "2024-02-29 25:00") == [NO_TIME] * 2


@pytest.mark.parametrize(
    "text",
    ["yesterday", "12", "2023-02-30 01:00", "2023-13-01", "2500-01-01 00:00", "2023-02-01 13:00 PM", "2023-02-01 01:60",
     "44970.04", "2023-044", "2023-02-01 01:00 CET", "2023-02-01 00:00 - 01:00", "2023-02-01x"],
)  # fmt: skip
def test_invalid_times(text):
    assert seconds(text) == [NO_TIME]


def test_missing_times_and_dates():
    times = parse_times(pa.array(["2023-02-01", "", None]), None)
    assert times.seconds.tolist() == [since(datetime(2023, 2, 1)), NO_TIME, NO_TIME]
    assert times.dates
    assert not parse_times(pa.array(["2023-02-01 00:00"]), None).dates


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1", 60), ("01:00", 60), ("1:30:00", 90), ("0100", 60), ("100", 60), ("24:00", 1440), ("24", 1440), ("1.0", 60),
     ("12:00 AM", 0), ("12:15 p.m.", 735), ("1 PM", 780), ("13时", 780),
     ("1h", 60), ("01h30", 90), ("13:00 hrs", 780), ("13 Uhr", 780), ("7:00 h", 420), ("0h-1h", 60),
     ("23:00 - 24:00", 1440), ("23-0", 1440)],
)  # fmt: skip
def test_clocks(text, minutes):
    assert parse_clocks([text]).tolist() == [60 * minutes]


@pytest.mark.parametrize(
    "text", ["25", "24:01", "-1", "x", "", "13:00 PM", "0 AM", "01:60", "0h-2h", "1-0", "1-", "-1-2"]
)
def test_invalid_clocks(text):
    assert parse_clocks([text]).tolist() == [NO_TIME]


def test_hours_by_both_ends_have_a_beginning():
    assert parse_clocks(["0h-1h", "23-24", "5"], beginning=True).tolist() == [0, 23 * 3600, 5 * 3600]


def test_times_of_day_without_a_date():
    assert is_clock(["01:00", " 2:00 ", ""])
    assert not is_clock(["01:00", "2023-02-01 02:00"])
    assert not is_clock([])


def test_order_of_day_and_month():
    assert day_first(["2023-02-01", "x", ""], "a") is None
    assert day_first(["01/02/2023", "13/02/2023"], "a") is True
    assert day_first(["01/02/2023", "02/13/2023"], "a") is False
    assert day_first(["01.02.2023"], "a") is True
    with pytest.raises(AmbiguousDates, match="a: '01/02/2023' is 1 Feb or 2 Jan 2023"):
        day_first(["01/02/2023", "02/02/2023"], "a")
    assert day_first(["01/02/2023", "31/31/2023"], "a", known=False) is False
    assert day_first(["2023-02-01"], "a", known=True) is True
    with pytest.raises(InputError, match="a: the day comes first in '13/02/2023', and the month in '02/14/2023'"):
        day_first(["01/02/2023", "02/14/2023", "13/02/2023"], "a")
    with pytest.raises(InputError, match="a: the day comes first in other dates, and the month in '02/14/2023'"):
        day_first(["02/14/2023"], "a", known=True)


@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_seconds_since_1970_and_parts_of_them(digits):
    assert seconds(f"1672534799{'9' * digits}") == [1672534799]


@pytest.mark.parametrize(
    ("name", "zone"),
    [("UTC", "UTC"), ("+01:00", "Etc/GMT-1"), ("-5", "Etc/GMT+5"), ("UTC+8", "Etc/GMT-8"), ("GMT+05:30", "+05:30"),
     ("-0330", "-03:30"), ("+00:00", "UTC"), ("Asia/Shanghai", "Asia/Shanghai")],
)  # fmt: skip
def test_zones(name, zone):
    assert check_zone(name) == zone


@pytest.mark.parametrize("name", ["Beijing", "+15:00", "-13:00", "+14:01", "+01:75", "", "CEST"])
def test_invalid_zones(name):
    with pytest.raises(InputError, match="time_zone"):
        check_zone(name)


@pytest.mark.parametrize(
    ("text", "zone", "named"),
    [("UTC", "UTC", True), ("gmt", "UTC", True), ("UTC +1", "Etc/GMT-1", True), ("Asia/Seoul", "Asia/Seoul", True),
     ("CET", None, True), ("LST", None, True), ("local time", None, True), ("UTC+99", None, False), ("h", None, False),
     ("dd/mm/yyyy", None, False), ("", None, False)],
)  # fmt: skip
def test_zones_behind_names(text, zone, named):
    assert zone_of(text) == zone
    assert is_zone(text) == named


@given(moments, st.integers(-12 * 60, 14 * 60))
def test_fixed_offsets(time, minutes):
    name = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    utc = to_utc(np.array([since(time), NO_TIME]), check_zone(name))
    assert utc.tolist() == [since(time) - 60 * minutes, NO_TIME]


def test_clock_changes():
    local = [datetime(2020, 3, 29, hour) for hour in (1, 2, 3)] + [datetime(2020, 10, 25, hour) for hour in (1, 2, 3)]
    utc = to_utc(np.array([since(time) for time in local]), "Europe/Berlin")
    expected = [
        datetime(2020, 3, 29, 0),
        None,
        datetime(2020, 3, 29, 1),
        datetime(2020, 10, 24, 23),
        None,
        datetime(2020, 10, 25, 2),
    ]
    assert utc.tolist() == [NO_TIME if time is None else since(time) for time in expected]


def test_years_that_cannot_be_right_are_no_dates():
    texts = pd.Series(["2023-02-27", "3023-02-27", "1023-02-27", "2100-12-31", "1900-01-01", "no date"])
    dates = parse_dates(texts, "%Y-%m-%d")
    assert dates.notna().tolist() == [True, False, False, True, True, False]
    assert (dates - pd.Timedelta("1ns")).notna().tolist() == dates.notna().tolist()  # nanoseconds reach to 2262
