"""Times as text in the spellings of files, to seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aqnet_pyg.errors import InputError

NO_TIME = np.iinfo(np.int64).min
"""Marker of a missing time."""

DAY = 86400
"""Seconds."""

_YEARS = range(1900, 2101)
"""Years that can be right."""

_YEAR_FIRST = r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
_YEAR_LAST = r"(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<z>\d{4}|\d{2})"
_COMPACT = r"(?P<yc>\d{4})(?P<mc>\d{2})(?P<dc>\d{2})"
_NAMED = r"(?P<dn>\d{1,2})[ -](?P<mn>[A-Za-z]{3,9})\.?[ ,-]+(?P<yn>\d{4}|\d{2})"
_NAMED_FIRST = r"(?P<mf>[A-Za-z]{3,9})\.?[ ](?P<df>\d{1,2}),?[ ]+(?P<yf>\d{4})"
_CHINESE = r"(?P<yh>\d{4})年(?P<mh>\d{1,2})月(?P<dh>\d{1,2})日"
_CLOCK = (
    r"(?P<H>\d{1,2})(?:[:hH](?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?|时|点)?"
    r"(?:\s*(?:[hH](?:rs?|s)?\.?|horas|Uhr))?\s*(?P<p>[AaPp]\.?\s?[Mm]\.?)?"
)
_OFFSET = r"\s*(?P<o>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_TEXT = re.compile(
    rf"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?(?:{_YEAR_FIRST}|{_YEAR_LAST}|{_NAMED}|{_NAMED_FIRST}|{_CHINESE}|{_COMPACT})(?:(?:[T_]|\s*,?\s+|(?<=日)){_CLOCK}{_OFFSET})?"
)
_COMPACT_HOUR = re.compile(rf"{_COMPACT}(?:[T ]?(?P<H>\d{{2}})(?::?(?P<M>\d{{2}})(?::?(?P<S>\d{{2}}))?)?)(?P<o>Z)?")
_CLOCK_ALONE = re.compile(rf"{_CLOCK}|(?P<h4>\d{{1,2}})(?P<m4>\d{{2}})|(?P<h>\d{{1,2}})\.0*")
_HOUR_RANGE = re.compile(r"(?P<first>\d\S*)\s*(?:-|–|a|à|to|bis)\s*(?P<last>\d\S*)")
_YEAR_LAST_DATE = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_OFFSET_ALONE = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_ABBREVIATION = re.compile(r"[A-Z]{1,4}T|(?i:.*\blocal\b.*|standard time|winter time)")
"""Names of zones that are ambiguous, or local: CET, EST, IST, LST."""
_MILLISECONDS = 100_000_000_000
"""Numbers from this on are milliseconds since 1970 (or, from a thousand times this on, microseconds, and so on), not seconds."""


class Times(NamedTuple):
    """Different times of a column.

    Args:
        seconds: Seconds since 1970, NO_TIME where missing, shape ``[time]``.
        is_utc: Whether each has a UTC offset, or counts from 1970, and is in UTC, shape ``[time]``.
        dates: Whether all are dates without a time of day.
    """

    seconds: np.ndarray
    is_utc: np.ndarray
    dates: bool


class AmbiguousDates(InputError):
    """The order of day and month is not known from the dates of one file."""


def parse_times(texts: pa.Array, day_first: bool | None) -> Times:
    """Parse different times.

    Args:
        texts: Times as text, shape ``[time]``: ISO 8601, dates with day or month first and two or four digits of the year, names
            of months, digits alone (``2023020713``), seconds, milliseconds, microseconds or nanoseconds since
            1970; hours from 0 to 24, where 24:00 is 0:00 of the next day.
        day_first: Whether the day precedes the month in dates that end in the year; None if there are none.
    """
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    for kind, with_zone in ((pa.timestamp("s"), False), (pa.timestamp("s", "UTC"), True)):
        try:
            stamps = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        seconds = pc.fill_null(stamps.cast(pa.int64()), NO_TIME).to_numpy(zero_copy_only=False)
        return Times(possible(seconds), np.full(len(texts), with_zone), longest <= len("2023-02-07"))
    parsed = [_parse(text.strip(), bool(day_first)) if text else None for text in texts.to_pylist()]
    seconds = np.array([NO_TIME if time is None else time[0] for time in parsed], np.int64)
    is_utc = np.array([time is not None and time[1] for time in parsed], bool)
    return Times(seconds, is_utc, all(time is None or time[2] for time in parsed))


def possible(seconds: np.ndarray) -> np.ndarray:
    """Return times in seconds since 1970, NO_TIME for years that cannot be right, shape ``[time]``."""
    first, end = (np.datetime64(f"{year}-01-01", "s").astype(np.int64) for year in (_YEARS.start, _YEARS.stop))
    return np.where((seconds >= first) & (seconds < end), seconds, NO_TIME)


def parse_dates(texts: pd.Series, pattern: str) -> pd.Series:
    """Parse dates or times of one format; NaT for other texts and for years that cannot be right, shape ``[row]``.

    Args:
        texts: Texts, shape ``[row]``.
        pattern: Format as of :meth:`datetime.datetime.strptime`.
    """
    return in_calendar(pd.to_datetime(texts, format=pattern, errors="coerce"))


def in_calendar(times: pd.Series) -> pd.Series:
    """Return times, NaT for years that cannot be right, shape ``[row]``."""
    return times.where(times.dt.year.between(_YEARS.start, _YEARS.stop - 1))


def parse_clocks(texts: Sequence[str], *, beginning: bool = False) -> np.ndarray:
    """Return times of day, such as ``1``, ``01:00``, ``1:00 PM``, ``0100`` or ``1h``, in seconds; NO_TIME where invalid.

    Args:
        texts: Different times of day, shape ``[time]``; also hours by both ends, such as ``0h-1h``.
        beginning: Whether the beginning of those hours is returned, instead of the end.
    """
    return np.array([_clock_or_range(text.strip(), beginning) for text in texts], np.int64)


def _clock_or_range(text: str, beginning: bool) -> int:
    match = _CLOCK_ALONE.fullmatch(text)
    if match is not None:
        return _clock(match)
    ends = _HOUR_RANGE.fullmatch(text)
    first, last = (
        (NO_TIME,) * 2 if ends is None else (_clock(_CLOCK_ALONE.fullmatch(ends[name])) for name in ("first", "last"))
    )
    if NO_TIME in (first, last) or (last - first) % DAY != 3600:
        return NO_TIME
    return first if beginning else first + 3600


def is_clock(texts: Iterable[str]) -> bool:
    """Return whether texts are times of day without a date, such as ``01:00``."""
    found = [text.strip() for text in texts if text.strip()]
    return bool(found) and all(len(text) <= len("12:00:00 p.m.") and _CLOCK_ALONE.fullmatch(text) for text in found)


def day_first(texts: Iterable[str], file: str, known: bool | None = None) -> bool | None:
    """Return whether the day precedes the month in dates that end in the year, or None if there are no such dates.

    With dots it does; otherwise a number above 12 decides.

    Args:
        texts: Times as text.
        file: Name of the file, for the message.
        known: Order in other dates of the file, which is returned where these do not tell; None if it is not known.

    Raises:
        AmbiguousDates: If no date decides; the message has both readings.
        InputError: If dates contradict each other.
    """
    example = ""
    dots = False
    decided: dict[bool, str] = {} if known is None else {known: "other dates"}
    for text in texts:
        match = _YEAR_LAST_DATE.match(text or "")
        if match is None:
            continue
        if match[2] == "-" and len(match[4]) == 2:
            raise AmbiguousDates(
                f"{file}: {match[0].strip()!r} has a year of two digits, which may be the first number or the last; give "
                "day_first=True or False (--day_first true) if the year is last, or write it with four digits."
            )
        if (int(match[1]) > 12) != (int(match[3]) > 12):
            decided.setdefault(int(match[1]) > 12, repr(match[0].strip()))
        example, dots = example or match[0].strip(), dots or match[2] == "."
    if len(decided) == 2:
        raise InputError(
            f"{file}: the day comes first in {decided[True]}, and the month in {decided[False]}, so that other dates can be read "
            "as either; write all dates in one way, or give day_first=True or False (--day_first true) to leave the others out."
        )
    if decided or dots:
        return False not in decided
    if not example:
        return None
    one, other, year = re.split(r"[/.-]", example)
    months = [_NAMES[int(part) - 1].capitalize() if 0 < int(part) < 13 else "?" for part in (other, one)]
    raise AmbiguousDates(
        f"{file}: {example!r} is {int(one)} {months[0]} or {int(other)} {months[1]} {year}: the order of day and month is "
        "ambiguous in all dates; give day_first=True or False (--day_first true)."
    )


def check_zone(name: str) -> str:
    """Return the name of a time zone: an IANA name, or that of a fixed offset such as ``+01:00``.

    Args:
        name: IANA name, or offset from UTC, positive to the east.

    Raises:
        InputError: If it is neither.
    """
    offset = _OFFSET_ALONE.fullmatch(name.strip())
    if offset is None:
        if name not in available_timezones():
            raise InputError(
                f"time_zone: {name!r} is not an IANA name; use one such as 'Asia/Shanghai' or 'UTC', or an offset such as "
                "'+01:00'."
            )
        return name
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if minutes > 59 or not -12 * 60 <= (hours * 60 + minutes) * (1 if offset[1] == "+" else -1) <= 14 * 60:
        raise InputError(f"time_zone: {name!r} is not an offset from UTC; use one such as '+05:30'.")
    if minutes:
        return f"{offset[1]}{hours:02}:{minutes:02}"
    # The signs of these names are those of POSIX: west is positive.
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "UTC"


def is_zone(text: str) -> bool:
    """Return whether a text is the name of a time zone: UTC, an offset, an IANA name, or an abbreviation such as ``CET``.

    Args:
        text: Text behind the name of a column, such as ``UTC+1`` or ``LST``.
    """
    return zone_of(text) is not None or bool(_ABBREVIATION.fullmatch(text.strip()))


def zone_of(text: str) -> str | None:
    """Return the time zone that a text names without ambiguity; None for abbreviations and other texts.

    Args:
        text: Text such as ``UTC``, ``GMT``, ``UTC+1``, ``GMT+08:00`` or ``Asia/Seoul``.
    """
    compact = re.sub(r"\s", "", text).upper().replace("−", "-")
    if compact in ("UTC", "GMT", "Z", "UT"):
        return "UTC"
    if _OFFSET_ALONE.fullmatch(compact):
        try:
            return check_zone(compact)
        except InputError:
            return None
    return text.strip() if "/" in text and text.strip() in available_timezones() else None


def to_utc(seconds: np.ndarray, zone: str) -> np.ndarray:
    """Convert local times to UTC; NO_TIME where clock changes skip or repeat a time.

    Args:
        seconds: Local times in seconds since 1970, shape ``[time]``.
        zone: IANA name, or an offset such as ``+05:30``.
    """
    if zone == "UTC":
        return seconds
    good = seconds != NO_TIME
    if not good.any():
        return seconds
    local = pd.DatetimeIndex(np.where(good, seconds, 0).astype("datetime64[s]"))
    instants = local.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert(None)
    utc = instants.to_numpy("datetime64[s]").astype(np.int64)
    return np.where(good & instants.notna(), utc, NO_TIME)


def to_local(seconds: np.ndarray, zone: str) -> np.ndarray:
    """Convert times in UTC to local times; NO_TIME stays.

    Args:
        seconds: Seconds since 1970, shape ``[time]``.
        zone: IANA name, or an offset such as ``+05:30``.
    """
    good = seconds != NO_TIME
    instants = pd.DatetimeIndex(np.where(good, seconds, 0).astype("datetime64[s]")).tz_localize("UTC")
    local = instants.tz_convert(zone).tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
    return np.where(good, local, NO_TIME)


@lru_cache(maxsize=200_000)
def _parse(text: str, day_first: bool) -> tuple[int, bool, bool] | None:
    """Seconds, whether they are UTC, and whether the text is a date only."""
    match = _TEXT.fullmatch(text) or _COMPACT_HOUR.fullmatch(text)
    parsed = None if match is None else _of_match(match.groupdict(), day_first)
    if parsed is None and re.fullmatch(r"\d{9,19}(\.\d+)?", text):
        number = int(text.partition(".")[0])
        while number >= _MILLISECONDS:
            number //= 1000
        return (number, True, False) if datetime.fromtimestamp(number, UTC).year in _YEARS else None
    return parsed


def _of_match(found: dict[str, str | None], day_first: bool) -> tuple[int, bool, bool] | None:
    if found.get("a"):
        one, other, year = found["a"], found["b"], found["z"]
        day, month = (one, other) if day_first else (other, one)
    else:
        year, month, day = (
            next((found[name] for name in names if found.get(name)), None)
            for names in (("y", "yc", "yn", "yf", "yh"), ("m", "mc", "mn", "mf", "mh"), ("d", "dc", "dn", "df", "dh"))
        )
    number = _MONTHS.get(str(month)[:3].lower()) if str(month).isalpha() else int(str(month))
    full_year = int(str(year)) + (2000 if int(str(year)) < 70 else 1900) * (len(str(year)) == 2)
    if number is None or full_year not in _YEARS:
        return None
    try:
        days = date(full_year, number, int(str(day))).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    clock = 0
    if found.get("H") is not None:
        clock = _seconds_of_day(found["H"], found.get("M"), found.get("S"), found.get("p"))
        if clock == NO_TIME:
            return None
    offset = found.get("o")
    seconds = days * DAY + clock
    if offset is None:
        return seconds, False, found.get("H") is None
    if offset[0] in "+-":
        minutes = int(offset[1:3]) * 60 + int(offset[3:].strip(":") or 0)
        seconds -= (1 if offset[0] == "+" else -1) * minutes * 60
    return seconds, True, False


def _clock(match: re.Match[str] | None) -> int:
    if match is None:
        return NO_TIME
    hour = match["H"] or match["h4"] or match["h"]
    return _seconds_of_day(hour, match["M"] or match["m4"], match["S"], match["p"])


def _seconds_of_day(hour: str | None, minute: str | None, second: str | None, half: str | None) -> int:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if half:
        if not 1 <= hours <= 12:
            return NO_TIME
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    total = hours * 3600 + minutes * 60 + seconds
    return total if minutes < 60 and seconds < 60 and total <= DAY else NO_TIME
