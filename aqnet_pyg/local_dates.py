"""Local time: zones, days, and the hours of training, validation and test periods from local dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError

DEFAULT_DATES: dict[str, dict[str, str]] = {
    "cnemc_north_2025_01": {
        "train": "2025-01-01/2025-01-20",
        "validation": "2025-01-21/2025-01-24",
        "test": "2025-01-25/2025-01-31",
    },
    "beijing_2013_2016": {"train": "2013-12/2015-08", "validation": "2015-09/2015-12", "test": "2016"},
    "uci_beijing_multisite": {"train": "2013-03/2015-08", "validation": "2015-09/2015-12", "test": "2016"},
}
"""Default periods in local dates, by the name of the data folder."""


def load_zone(name: str, where: str = "time_zone") -> tzinfo:
    """Return the time zone of a name.

    Args:
        name: IANA name such as ``Asia/Shanghai``, or a fixed offset from UTC such as ``+05:30``, positive to the east.
        where: Argument or attribute with the name, for the error message.

    Raises:
        InputError: If there is no such zone.
    """
    try:
        fixed = datetime.strptime(name, "%z").tzinfo if re.fullmatch(r"[+-]\d\d:\d\d", name) else None
        return fixed or ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError):
        raise InputError(
            f"{where}: {name!r} is not a time zone; use an IANA name such as 'Asia/Shanghai', or an offset such as '+05:30'."
        ) from None


def local_days(time: pd.DatetimeIndex, time_zone: str) -> np.ndarray:
    """Return the local day of each hour in days since 1970, shape ``[time]``; the hour ending at midnight is in the day before.

    Args:
        time: Ends of the hours, UTC.
        time_zone: Name of the local zone, as for :func:`load_zone`.
    """
    local = time.tz_localize("UTC").tz_convert(time_zone).tz_localize(None) - pd.Timedelta("1h")
    return local.to_numpy("datetime64[D]").astype(np.int64)


def split_hours(data: xr.Dataset, folder: str, dates: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Return the masks of the hours of ``train``, ``validation`` and ``test``, each of shape ``[time]``.

    Args:
        data: Station data.
        folder: Name of the data folder, for default dates.
        dates: Local dates of each part: days, months or years, or inclusive ranges ``first/last`` of them; several are separated
            by commas.

    Raises:
        InputError: If a part has no dates, or dates are invalid.
    """
    wanted = DEFAULT_DATES.get(folder, {}) | dict(dates)
    missing = [part for part in ("train", "validation", "test") if part not in wanted]
    if missing:
        raise InputError(
            f"{missing[0]}: there are no default dates for a folder named {folder!r}; give train, validation and test, such as "
            "--test 2016-01-01/2016-12-31."
        )
    days = local_days(pd.DatetimeIndex(data.indexes["time"]), data.attrs["time_zone"])
    return {part: date_mask(days, wanted[part], part) for part in ("train", "validation", "test")}


def date_mask(days: np.ndarray, text: str, part: str) -> np.ndarray:
    """Return the mask of the hours within dates, shape ``[time]``.

    Args:
        days: Local day of each hour, shape ``[time]``, as from :func:`local_days`.
        text: Dates as for :func:`split_hours`.
        part: Name of the option, for the error message.

    Raises:
        InputError: If the text is invalid.
    """
    chosen = np.zeros(len(days), bool)
    for span in text.split(","):
        first, _, last = span.strip().partition("/")
        try:
            # An empty text is invalid.
            start, end = pd.Period(first or "none").start_time, pd.Period(last or first).end_time
        except ValueError:
            raise InputError(
                f"{part}: {span.strip()!r} is not a date or range of dates; use 2016, 2016-03 or 2016-03-01/2016-04-15."
            ) from None
        low, high = (int(when.to_datetime64().astype("datetime64[D]").astype(np.int64)) for when in (start, end))
        chosen |= (days >= low) & (days <= high)
    return chosen


def zone_name(time_zone: str) -> str:
    """Return the name of a time zone for figures: ``UTC+1`` for ``Etc/GMT-1``, whose sign is that of POSIX; others as they are.

    Args:
        time_zone: IANA name, or a fixed offset such as ``+05:30``, which gets ``UTC`` in front.
    """
    if re.fullmatch(r"[+-]\d\d:\d\d", time_zone):
        return f"UTC{time_zone}"
    offset = re.fullmatch(r"Etc/GMT([+-])(\d+)", time_zone)
    return time_zone if offset is None else f"UTC{'-' if offset[1] == '+' else '+'}{offset[2]}"


def consecutive_runs(hours: pd.DatetimeIndex, step: int = 1) -> Iterator[pd.DatetimeIndex]:
    """Split ascending hours into runs of consecutive ones.

    Args:
        hours: Distinct hours.
        step: Largest number of hours from one hour of a run to the next.
    """
    ends = np.flatnonzero(np.diff(hours.to_numpy()) > np.timedelta64(step, "h")) + 1
    for part in np.split(np.arange(len(hours)), ends):
        yield hours[part]


def sample_days(time: pd.DatetimeIndex, time_zone: str, among: np.ndarray, count: int) -> np.ndarray:
    """Return the mask of the hours of evenly spaced days, shape ``[time]``.

    Args:
        time: Ends of the hours, UTC.
        time_zone: Name of the local zone, as for :func:`load_zone`.
        among: Mask of the hours to choose from, shape ``[time]``.
        count: Minimum number of days; fewer than twice as many are chosen, or all days if there are fewer.
    """
    days = local_days(time, time_zone)
    available = np.unique(days[among])
    step = max(len(available) // count, 1)
    return among & np.isin(days, available[step // 2 :: step])
