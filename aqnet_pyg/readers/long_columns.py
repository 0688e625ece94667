"""Conversion of the columns of a long table to numbers, hours and station codes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.text_files import MISSING_VALUES
from aqnet_pyg.text import counted

TIME_PARTS = ("year", "month", "day", "hour")
"""Columns that together form a time."""

NO_HOUR = np.iinfo(np.int64).min
"""Marker of a missing time."""

_POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
_COMPASS = {point: str(22.5 * number) for number, point in enumerate(_POINTS)}
"""Compass points in degrees clockwise from north."""

_POSITION_DECIMALS = 5
"""Decimals of the coordinates in degrees (about one meter) that identify stations without codes."""


def floats(column: pa.ChunkedArray, faults: list[str]) -> np.ndarray:
    """Convert a column to float64, shape ``[row]``, NaN where missing.

    Args:
        column: Numbers, or text with numbers or (for directions) compass points.
        faults: A remark is appended if some text is neither.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column.to_pandas().to_numpy(np.float64, na_value=np.nan)
    text = column.to_pandas().str.strip()
    text = text.mask(text.isin(MISSING_VALUES)).replace(_COMPASS)
    numbers = pd.to_numeric(text, errors="coerce")
    invalid = (text.notna() & numbers.isna()).to_numpy()
    if invalid.any():
        faults.append(f"{counted(int(invalid.sum()), 'value')} not numeric, such as {text[invalid].iloc[0]!r}")
    return numbers.to_numpy(np.float64, na_value=np.nan)


def hours_of_parts(columns: Mapping[str, pa.ChunkedArray], faults: list[str]) -> np.ndarray:
    """Convert year, month, day and hour to local hours since 1970, shape ``[row]``; NO_HOUR where they are not valid.

    Args:
        columns: The columns of :data:`TIME_PARTS`, by name.
        faults: Remarks on invalid rows are appended.
    """
    year, month, day, hour = (floats(columns[name], faults) for name in TIME_PARTS)
    dated = np.isfinite(year + month + day) & (month >= 1) & (month <= 12)
    year, month, day = (np.where(dated, part, 1).astype(np.int64) for part in (year, month, day))
    months = (year * 12 + month - 1 - 1970 * 12).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    dated &= days.astype("datetime64[M]") == months
    timed = (hour >= 0) & (hour <= 23) & (hour % 1 == 0)
    if not dated.all():
        faults.append(f"{_rows(~dated)} without a valid date")
    if not timed[dated].all():
        faults.append(f"{_rows(dated & ~timed)} with an hour outside 0-23")
    good = dated & timed
    return np.where(good, days.astype(np.int64) * 24 + np.where(good, hour, 0).astype(np.int64), NO_HOUR)


def hours_of_times(column: pa.ChunkedArray, faults: list[str]) -> tuple[np.ndarray, bool, int]:
    """Convert times to hours since 1970, rounded to the nearest; NO_HOUR where missing.

    Args:
        column: Times, or text with times.
        faults: A remark is appended if some text is not a time.

    Returns:
        The hours, shape ``[row]``; whether the times have a UTC offset, so that the hours are UTC; the number of times that
        were rounded.

    Raises:
        InputError: If the order of day and month is ambiguous in all dates, as in 03/04/2024.
    """
    if pa.types.is_timestamp(column.type):
        times = column.to_pandas()
    else:
        times = column.cast(pa.string()).to_pandas()
        day_first = _day_first(times)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", FutureWarning)  # pandas 2 warns where pandas 3 raises
                times = pd.to_datetime(times, errors="coerce", dayfirst=day_first)
        except (ValueError, FutureWarning):  # the offsets differ, as in summer and in winter
            times = pd.to_datetime(times, errors="coerce", dayfirst=day_first, utc=True)
    aware = times.dt.tz is not None
    invalid = times.isna().to_numpy()
    if aware:
        times = times.dt.tz_convert(None)
    if invalid.any():
        faults.append(f"{_rows(invalid)} without a valid time")
    seconds = np.where(invalid, 0, times.to_numpy("datetime64[s]").astype(np.int64))
    rounded = int((seconds % 3600 != 0).sum())
    return np.where(invalid, NO_HOUR, (seconds + 1800) // 3600), aware, rounded


def _day_first(times: pd.Series) -> bool:
    """Whether the day precedes the month in dates that end in the year: yes with dots; with slashes a day above 12 decides."""
    parts = times.str.extract(r"^\s*(\d{1,2})([/.-])(\d{1,2})[/.-]\d{4}").dropna()
    if parts.empty:
        return False
    if (parts[1] == ".").all() or (parts[0].astype(int) > 12).any():
        return True
    if (parts[2].astype(int) > 12).any():
        return False
    example = times[parts.index[0]].strip()
    raise InputError(
        f"time: the order of day and month is ambiguous, as in {example!r}; write the year first, as in 2024-04-03 10:00."
    )


def to_utc(hours: np.ndarray, zone: str, faults: list[str]) -> np.ndarray:
    """Convert local hours to UTC; NO_HOUR where clock changes skip or repeat an hour.

    In time zones with an offset of half an hour, as in India, an hour that ends at half past is assigned to the next full hour.

    Args:
        hours: Local hours since 1970, shape ``[row]``.
        zone: IANA name.
        faults: A remark is appended if hours are skipped or repeated.
    """
    good = hours != NO_HOUR
    if zone == "UTC" or not good.any():
        return hours
    # Each hour is converted once, not once per row.
    first, last = int(hours[good].min()), int(hours[good].max())
    local = pd.DatetimeIndex(np.arange(first, last + 1).astype("datetime64[h]").astype("datetime64[s]"))
    instants = local.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert(None).ceil("h")
    lookup = np.where(instants.isna(), NO_HOUR, instants.to_numpy("datetime64[h]").astype(np.int64))
    utc = np.where(good, lookup[np.where(good, hours - first, 0)], NO_HOUR)
    lost = good & (utc == NO_HOUR)
    if lost.any():
        faults.append(f"{_rows(lost)} in hours that are skipped or repeated by clock changes in {zone}")
    return utc


def station_codes(columns: Mapping[str, pa.ChunkedArray], faults: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return the station of each row as a position in a list of codes (-1 if missing), shape ``[row]``, and that list.

    Without a column of codes, stations are identified by their coordinates: ``116.36600_39.86730``.

    Args:
        columns: ``station``, or ``longitude`` and ``latitude``, by name.
        faults: Remarks on invalid rows are appended.
    """
    if "station" in columns:
        texts = columns["station"].cast(pa.string()).to_pandas().str.strip().replace("", None)
        numbers, unique = pd.factorize(texts)
        codes = [str(code) for code in unique]
    else:
        longitude, latitude = (floats(columns[name], faults) for name in ("longitude", "latitude"))
        scale = 10**_POSITION_DECIMALS
        valid = np.isfinite(longitude) & np.isfinite(latitude)
        east, north = (np.round(axis[valid] * scale).astype(np.int64) for axis in (longitude, latitude))
        numbers = np.full(len(valid), -1)
        numbers[valid], positions = pd.factorize(east * (1000 * scale) + north + 500 * scale)
        codes = [
            "_".join(
                f"{degrees:.{_POSITION_DECIMALS}f}"
                for degrees in (position // (1000 * scale) / scale, position % (1000 * scale) / scale - 500)
            )
            for position in positions
        ]
    if (numbers < 0).any():
        faults.append(f"{_rows(numbers < 0)} without a station")
    return numbers, codes


def _rows(which: np.ndarray) -> str:
    return counted(int(which.sum()), "row")
