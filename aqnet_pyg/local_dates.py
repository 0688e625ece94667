"""Which hours are for training, validation and test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
"""Local dates by the name of the data folder."""


def local_days(time: pd.DatetimeIndex, time_zone: str) -> np.ndarray:
    """The local day of each hour, as days since 1970, shape ``[time]``; the hour that ends at midnight is of the day before.

    Args:
        time: Ends of the hours, UTC.
        time_zone: IANA name.
    """
    local = time.tz_localize("UTC").tz_convert(time_zone).tz_localize(None) - pd.Timedelta("1h")
    return local.to_numpy("datetime64[D]").astype(np.int64)


def split_hours(data: xr.Dataset, folder: str, dates: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Masks of the hours of ``train``, ``validation`` and ``test``, each of shape ``[time]``.

    Args:
        data: Station data.
        folder: Name of the data folder, for the dates that are not given.
        dates: Local dates by part: ranges ``first/last``, both included, or single ones, several with commas between them;
            days, months or years.

    Raises:
        InputError: If a part has no dates, or they cannot be read.
    """
    wanted = DEFAULT_DATES.get(folder, {}) | dict(dates)
    missing = [part for part in ("train", "validation", "test") if part not in wanted]
    if missing:
        raise InputError(
            f"{missing[0]}: no dates are known for data in a folder named {folder!r}; give train, validation and test, such as "
            "--test 2016-01-01/2016-12-31."
        )
    days = local_days(data.indexes["time"], data.attrs["time_zone"])
    return {part: date_mask(days, wanted[part], part) for part in ("train", "validation", "test")}


def date_mask(days: np.ndarray, text: str, part: str) -> np.ndarray:
    """Which hours lie in dates.

    Args:
        days: Local day of each hour, shape ``[time]``, as :func:`local_days` gives it.
        text: Dates as :func:`split_hours` takes them.
        part: What they are for, for the message.

    Raises:
        InputError: If the text cannot be read.
    """
    chosen = np.zeros(len(days), bool)
    for span in text.split(","):
        first, _, last = span.strip().partition("/")
        try:
            # No text is no time.
            start, end = pd.Period(first or "none").start_time, pd.Period(last or first).end_time
        except ValueError:
            raise InputError(
                f"{part}: {span.strip()!r} is no date or range of dates; write 2016, 2016-03 or 2016-03-01/2016-04-15."
            ) from None
        low, high = (int(when.to_datetime64().astype("datetime64[D]").astype(np.int64)) for when in (start, end))
        chosen |= (days >= low) & (days <= high)
    return chosen


def consecutive_runs(hours: pd.DatetimeIndex) -> Iterator[pd.DatetimeIndex]:
    """Cut hours, ascending, into runs of consecutive ones."""
    ends = np.flatnonzero(np.diff(hours.to_numpy()) != np.timedelta64(1, "h")) + 1
    for part in np.split(np.arange(len(hours)), ends):
        yield hours[part]


def sample_days(time: pd.DatetimeIndex, time_zone: str, among: np.ndarray, count: int) -> np.ndarray:
    """The hours of some days, evenly spread, shape ``[time]``.

    Args:
        time: Ends of the hours, UTC.
        time_zone: IANA name.
        among: Hours that may be chosen, shape ``[time]``.
        count: At least so many days, and fewer than twice as many; all of them where there are fewer.
    """
    days = local_days(time, time_zone)
    there = np.unique(days[among])
    step = max(len(there) // count, 1)
    return among & np.isin(days, there[step // 2 :: step])
