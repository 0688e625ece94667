"""Options of a download: dates, boxes, countries and pollutants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import POLLUTANTS


def parse_period(start: str | date, end: str | date) -> tuple[date, date]:
    """Return the first and the last day.

    Args:
        start: First day, such as ``2023-01-01``.
        end: Last day.

    Raises:
        InputError: If one is no date or is in the future, or the last day is before the first.
    """
    first, last = _parse_day("start", start), _parse_day("end", end)
    if last < first:
        raise InputError(f"end: {last} is before start, {first}; swap them.")
    today = datetime.now(UTC).date()
    if last > today:
        raise InputError(f"end: {last} is in the future; give a day until {today}.")
    return first, last


def _parse_day(name: str, value: str | date) -> date:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError(f"{name}: {value!r} is not a day; use a date such as 2023-01-31.") from None


def days(first: date, last: date) -> Iterator[date]:
    """Yield every day of a period.

    Args:
        first: First day.
        last: Last day.
    """
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of every month of a period, within the period.

    Args:
        first: First day of the period.
        last: Last day of the period.
    """
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(following - timedelta(days=1), last)
        first = following


def parse_country(country: str) -> str:
    """Return a country code in capitals.

    Args:
        country: Two letters of ISO 3166-1.

    Raises:
        InputError: If it is no such code.
    """
    if not re.fullmatch("[A-Za-z]{2}", country):
        raise InputError(f"country: {country!r} is not a code of two letters (ISO 3166-1); use one such as DE.")
    return country.upper()


def parse_list(values: str | int | Sequence[str | int]) -> list[str]:
    """Return the elements of a sequence, or of a text separated by commas."""
    parts = values.split(",") if isinstance(values, str) else [values] if isinstance(values, int) else values
    return [str(part).strip() for part in parts if str(part).strip()]


def parse_pollutants(pollutants: str | Sequence[str]) -> list[str]:
    """Return the names of pollutants.

    Args:
        pollutants: Keys of ``aqnet_pyg.stations.POLLUTANTS``, or a text of them separated by commas.

    Raises:
        InputError: If a name is unknown or there is none.
    """
    found = parse_list(pollutants)
    unknown = [name for name in found if name not in POLLUTANTS]
    if unknown or not found:
        raise InputError(
            f"pollutants: {', '.join(unknown) or 'none'} was given; use {', '.join(POLLUTANTS)}, separated by commas."
        )
    return found
