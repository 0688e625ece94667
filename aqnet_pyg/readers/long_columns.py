"""From the columns of a long table to numbers, hours and codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.text_files import MISSING_VALUES
from aqnet_pyg.text import counted

__all__ = ["NO_HOUR", "TIME_PARTS", "floats", "hours_of_parts", "hours_of_times", "station_codes", "to_utc"]

TIME_PARTS = ("year", "month", "day", "hour")
"""Columns that make a time together."""

NO_HOUR = np.iinfo(np.int64).min
"""Stands for a time that is missing."""

_POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
_COMPASS = {point: str(22.5 * number) for number, point in enumerate(_POINTS)}
"""Degrees clockwise from north of the points of the compass."""

_PLACE_DIGITS = 5
"""Decimal places of degrees (one meter) that tell stations apart where there are no codes."""


def floats(column: pa.ChunkedArray, faults: list[str]) -> np.ndarray:
    """A column as float64, shape ``[row]``, NaN where it is missing.

    Args:
        column: Numbers, or text that holds numbers or (directions) points of the compass.
        faults: Takes a remark if some text is neither.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column.to_pandas().to_numpy(np.float64, na_value=np.nan)
    text = column.to_pandas().str.strip()
    text = text.mask(text.isin(MISSING_VALUES)).replace(_COMPASS)
    numbers = pd.to_numeric(text, errors="coerce")
    unread = (text.notna() & numbers.isna()).to_numpy()
    if unread.any():
        faults.append(f"{counted(int(unread.sum()), 'value')} cannot be read, such as {text[unread].iloc[0]!r}")
    return numbers.to_numpy(np.float64, na_value=np.nan)


def hours_of_parts(columns: Mapping[str, pa.ChunkedArray], faults: list[str]) -> np.ndarray:
    """Hours of the clock since 1970 from year, month, day and hour, shape ``[row]``; NO_HOUR where they make none.

    Args:
        columns: Those of :data:`TIME_PARTS`, by name.
        faults: Takes remarks on text that is no number.
    """
    year, month, day, hour = (floats(columns[name], faults) for name in TIME_PARTS)
    dated = np.isfinite(year + month + day) & (month >= 1) & (month <= 12)
    year, month, day = (np.where(dated, part, 1).astype(np.int64) for part in (year, month, day))
    months = (year * 12 + month - 1 - 1970 * 12).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    dated &= days.astype("datetime64[M]") == months
    timed = (hour >= 0) & (hour <= 23) & (hour % 1 == 0)
    if not dated.all():
        faults.append(f"{_rows(~dated)} without a day of the calendar")
    if not timed[dated].all():
        faults.append(f"{_rows(dated & ~timed)} with an hour outside 0-23")
    good = dated & timed
    return np.where(good, days.astype(np.int64) * 24 + np.where(good, hour, 0).astype(np.int64), NO_HOUR)


def hours_of_times(column: pa.ChunkedArray, faults: list[str]) -> tuple[np.ndarray, bool, int]:
    """Hours since 1970 from times, rounded to the nearest; NO_HOUR where there is none.

    Args:
        column: Times, or text that holds times.
        faults: Takes a remark if some text is no time.

    Returns:
        The hours, shape ``[row]``; whether the times name their offset, so that the hours are UTC already; how many were
        off the hour.

    Raises:
        InputError: If day and month cannot be told apart, as in 03/04/2024 and other such dates only.
    """
    if pa.types.is_timestamp(column.type):
        times = column.to_pandas()
    else:
        times = column.cast(pa.string()).to_pandas()
        order = {"errors": "coerce", "dayfirst": _day_first(times)}
        try:
            times = pd.to_datetime(times, **order)
        except ValueError:  # the offsets differ, as in summer and in winter
            times = pd.to_datetime(times, utc=True, **order)
    aware = times.dt.tz is not None
    unread = times.isna().to_numpy()
    if aware:
        times = times.dt.tz_convert(None)
    if unread.any():
        faults.append(f"{_rows(unread)} without a time that can be read")
    seconds = np.where(unread, 0, times.to_numpy("datetime64[s]").astype(np.int64))
    off = int((seconds % 3600 != 0).sum())
    return np.where(unread, NO_HOUR, (seconds + 1800) // 3600), aware, off


def _day_first(times: pd.Series) -> bool:
    """Whether the day is before the month in dates that end in the year: with points it is, with strokes a day above 12 tells."""
    parts = times.str.extract(r"^\s*(\d{1,2})([/.-])(\d{1,2})[/.-]\d{4}").dropna()
    if parts.empty:
        return False
    if (parts[1] == ".").all() or (parts[0].astype(int) > 12).any():
        return True
    if (parts[2].astype(int) > 12).any():
        return False
    example = times[parts.index[0]].strip()
    raise InputError(
        f"time: in {example!r}, and all others, day and month cannot be told apart; write the year first, as in 2024-04-03 10:00."
    )


def to_utc(hours: np.ndarray, zone: str, faults: list[str]) -> np.ndarray:
    """UTC hours of hours of the clock in a zone; NO_HOUR where the clock skips or repeats them.

    Where the clocks are half an hour off, as in India, an hour that ends at half past counts as ending on the next hour.

    Args:
        hours: Hours of the clock since 1970, shape ``[row]``.
        zone: IANA name.
        faults: Takes a remark if the clock knows no such hour.
    """
    good = hours != NO_HOUR
    if zone == "UTC" or not good.any():
        return hours
    # Every hour of the clock is looked up once, not once a row.
    first, last = int(hours[good].min()), int(hours[good].max())
    clock = pd.DatetimeIndex(np.arange(first, last + 1).astype("datetime64[h]").astype("datetime64[s]"))
    instants = clock.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert(None).ceil("h")
    lookup = np.where(instants.isna(), NO_HOUR, instants.to_numpy("datetime64[h]").astype(np.int64))
    utc = np.where(good, lookup[np.where(good, hours - first, 0)], NO_HOUR)
    lost = good & (utc == NO_HOUR)
    if lost.any():
        faults.append(f"{_rows(lost)} in hours that the clocks of {zone} skip or repeat")
    return utc


def station_codes(columns: Mapping[str, pa.ChunkedArray], faults: list[str]) -> tuple[np.ndarray, list[str]]:
    """The station of each row: numbers (-1 where there is none), shape ``[row]``, and the codes that they number.

    Without a column of codes, stations are told apart, and named, by their coordinates: ``116.36600_39.86730``.

    Args:
        columns: ``station``, or ``longitude`` and ``latitude``, by name.
        faults: Takes remarks on text that is no number.
    """
    if "station" in columns:
        texts = columns["station"].cast(pa.string()).to_pandas().str.strip().replace("", None)
        numbers, codes = pd.factorize(texts)
        codes = [str(code) for code in codes]
    else:
        longitude, latitude = (floats(columns[name], faults) for name in ("longitude", "latitude"))
        scale = 10**_PLACE_DIGITS
        whole = np.isfinite(longitude) & np.isfinite(latitude)
        east, north = (np.round(np.where(whole, one, 0) * scale).astype(np.int64) for one in (longitude, latitude))
        numbers, places = pd.factorize(east * (1000 * scale) + north + 500 * scale)
        codes = [
            f"{place // (1000 * scale) / scale:.{_PLACE_DIGITS}f}_{place % (1000 * scale) / scale - 500:.{_PLACE_DIGITS}f}"
            for place in places
        ]
        numbers = np.where(whole, numbers, -1)
    if (numbers < 0).any():
        faults.append(f"{_rows(numbers < 0)} without a station")
    return numbers, codes


def _rows(which: np.ndarray) -> str:
    return counted(int(which.sum()), "row")
