"""Times as text with a UTC offset, or in seconds since 1970."""

from __future__ import annotations

import numpy as np
import pandas as pd

_WITH_OFFSET = r"[Tt ]\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"
_MILLISECONDS = 100_000_000_000
"""Numbers from this on (the year 5138 in seconds) are milliseconds."""


def utc_times(texts: pd.Series, *, naive: bool, epoch: bool = False) -> np.ndarray:
    """Return times in UTC as ``datetime64[s]``, NaT where the text is not a time, shape ``[row]``.

    Args:
        texts: Times by ISO 8601, such as ``2022-05-03T13:00:00-06:00``; each different text is parsed once.
        naive: Whether times without UTC offset are UTC; otherwise they are not times.
        epoch: Whether numbers are seconds (or milliseconds) since 1970.
    """
    codes, different = pd.factorize(texts.str.strip())
    unique = pd.Series(list(different), dtype=object)
    numbers = pd.to_numeric(unique, errors="coerce") if epoch else pd.Series(np.nan, unique.index)
    iso = unique[numbers.isna()]
    if not naive:
        iso = iso[iso.str.contains(_WITH_OFFSET)]
    parsed = np.full(
        len(unique) + 1, np.datetime64("NaT"), "datetime64[s]"
    )  # the last one is for missing texts, code -1
    times = pd.to_datetime(iso, format="ISO8601", errors="coerce", utc=True)
    parsed[iso.index] = times.dt.tz_localize(None).to_numpy("datetime64[s]")
    seconds = numbers.where(numbers < _MILLISECONDS, numbers / 1000).dropna()
    seconds = seconds[seconds.between(0, _MILLISECONDS / 10)]
    parsed[seconds.index] = seconds.round().to_numpy(np.int64).astype("datetime64[s]")
    return parsed[codes]
