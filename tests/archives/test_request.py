"""Dates, countries and pollutants of a request."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.archives.request import days, months, parse_country, parse_list, parse_period, parse_pollutants
from aqnet_pyg.errors import InputError

PAST = st.dates(date(1990, 1, 1), date(2024, 12, 31))


@given(PAST, PAST)
def test_a_period_is_text_or_dates(one, other):
    first, last = sorted((one, other))
    assert parse_period(first.isoformat(), last.isoformat()) == (first, last)
    assert parse_period(datetime(first.year, first.month, first.day, 5), last) == (first, last)
    if first < last:
        with pytest.raises(InputError, match="is before start"):
            parse_period(last, first)


@pytest.mark.parametrize("text", ["2023", "2023-02-30", "yesterday", "", None, 20230101])
def test_other_texts_are_refused(text):
    with pytest.raises(InputError, match=r"^start: .* is not a day; use a date such as"):
        parse_period(text, "2023-01-01")


def test_the_future_is_refused():
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    with pytest.raises(InputError, match="is in the future"):
        parse_period("2023-01-01", tomorrow)


@given(PAST, st.integers(0, 800))
def test_months_and_days_divide_a_period(first, length):
    last = first + timedelta(days=length)
    parts = list(months(first, last))
    assert [day for begin, end in parts for day in days(begin, end)] == list(days(first, last))
    assert all((begin.year, begin.month) == (end.year, end.month) for begin, end in parts)
    assert len(parts) == (last.year - first.year) * 12 + last.month - first.month + 1


def test_countries():
    assert parse_country("de") == "DE"
    for text in ("Germany", "D", "D1", ""):
        with pytest.raises(InputError, match="two letters"):
            parse_country(text)


def test_lists():
    assert parse_list(" 2178, 8118,") == ["2178", "8118"]
    assert parse_list(2178) == ["2178"]
    assert parse_list([2178, "8118"]) == ["2178", "8118"]


def test_pollutants():
    assert parse_pollutants("pm25, o3") == ["pm25", "o3"]
    assert parse_pollutants(["no2"]) == ["no2"]
    for text in ("PM2.5", "pm25,ozone", ""):
        with pytest.raises(InputError, match=r"^pollutants: .* was given; use pm25, pm10"):
            parse_pollutants(text)
