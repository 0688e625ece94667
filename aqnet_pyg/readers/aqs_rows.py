"""Rows of AQS files: parameters, site codes, units, hours and days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import methodcaller

import numpy as np
import pandas as pd

from aqnet_pyg.readers.files.text_columns import TextColumn, unit_factors
from aqnet_pyg.readers.us_standard_time import standard_offset

PARAMETERS: dict[str, tuple[str, int]] = {
    "88101": ("pm25", 0),
    "88502": ("pm25", 1),
    "81102": ("pm10", 0),
    "85101": ("pm10", 1),
    "42401": ("so2", 0),
    "42602": ("no2", 0),
    "44201": ("o3", 0),
    "42101": ("co", 0),
}
"""Pollutant and rank of the AQS parameter codes; of two codes for a pollutant, that of the lower rank is preferred."""

REQUIRED_PERCENT = 75
"""Percentage of the scheduled samples of a day that a daily mean must have."""

DURATIONS = ("24-HR BLK AVG", "24 HOUR", "1 HOUR")
"""Sample durations of which the arithmetic mean of a day is its mean concentration, in the order of preference."""

_EVENTS_EXCLUDED = ("Excluded", "Events Excluded", "Concurred Events Excluded")

_POCS = 1000
"""More than the highest POC."""

Columns = dict[str, TextColumn]
"""Columns of rows by name: ``state``, ``county`` and ``site`` (or ``station``), ``parameter``, ``poc``, ``latitude``,
``longitude``, ``date``, ``value`` and ``units``; ``time`` in hourly files; any of ``duration``, ``event``, ``percent``,
``source``, ``name``, ``city`` and ``province``."""


@dataclass
class Tally:
    """Rows that rules applied to, over all files.

    Args:
        read: Rows by parameter code.
        other_parameters: Rows left out by parameter code.
        left_out: Further rows left out by reason.
        sources: Rows by the source of an export of AirData.
        offsets: Offset of standard time from UTC in hours by site; None if unknown.
        converted: Pollutants that were converted from mixing ratios.
    """

    read: Counter[str] = field(default_factory=Counter)
    other_parameters: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    offsets: dict[str, int | None] = field(default_factory=dict)
    converted: set[str] = field(default_factory=set)


def hourly_rows(columns: Columns, tally: Tally, faults: Counter[str]) -> pd.DataFrame:
    """Convert rows of an hourly file to measurements, with the end of the hour in UTC.

    Args:
        columns: The rows.
        tally: Counts, added to.
        faults: Rows by fault, added to.
    """
    left_out = {}
    if "duration" in columns:
        left_out["of samples other than 1 hour"] = ~columns["duration"].is_in(("1 HOUR",))
    columns = _selected(columns, left_out, tally)
    end = columns["date"].days("%Y-%m-%d") + columns["time"].clock() + np.timedelta64(1, "h")
    frame = _measurements(columns, end, tally, faults)
    return frame if not np.isnat(end).any() else frame[frame["time"].notna()]


def daily_rows(
    columns: Columns, date_format: str, time_zone: str | None, tally: Tally, faults: Counter[str]
) -> pd.DataFrame:
    """Convert rows of a daily file to measurements, with the end of the day in UTC.

    Args:
        columns: The rows of a whole file.
        date_format: Format of its dates.
        time_zone: IANA name or offset of the zone of days; None for the standard time of each county.
        tally: Counts, added to.
        faults: Rows by fault, added to.
    """
    left_out = {}
    if "duration" in columns:
        left_out["of running or block averages, which are not means of a day"] = ~columns["duration"].is_in(DURATIONS)
    if "event" in columns:
        left_out["without the samples of exceptional events"] = columns["event"].is_in(_EVENTS_EXCLUDED)
    if "percent" in columns:
        left_out[f"from less than {REQUIRED_PERCENT} % of the samples"] = (
            columns["percent"].numbers() < REQUIRED_PERCENT
        )
    columns = _selected(columns, left_out, tally)
    frame = _measurements(columns, columns["date"].days(date_format) + np.timedelta64(1, "D"), tally, faults)
    frame["time"] = _to_utc(frame, time_zone, tally, faults)
    if "duration" in columns:
        order = columns["duration"].map(lambda text: DURATIONS.index(text) if text in DURATIONS else 0, np.int64)
        frame = frame.iloc[np.argsort(order, kind="stable")]
        again = frame.duplicated(["station", "instrument", "time", "variable"])
        tally.left_out["of the same instrument and day for another standard or sample duration"] += int(again.sum())
        frame = frame[~again]
    return frame[frame["time"].notna()]


def _selected(columns: Columns, left_out: Mapping[str, np.ndarray], tally: Tally) -> Columns:
    """The rows of parameters that are read, without those left out."""
    keep = columns["parameter"].is_in(PARAMETERS)
    for code, count in columns["parameter"].counts().items():
        if code not in PARAMETERS:
            tally.other_parameters[code] += count
    for reason, rows in left_out.items():
        tally.left_out[reason] += int((rows & keep).sum())
        keep &= ~rows
    columns = {name: column[keep] for name, column in columns.items()}
    tally.read.update(columns["parameter"].counts())
    if "source" in columns:
        tally.sources.update(columns["source"].counts())
    return columns


def _measurements(columns: Columns, end: np.ndarray, tally: Tally, faults: Counter[str]) -> pd.DataFrame:
    pollutants = columns["parameter"].map(lambda code: PARAMETERS.get(code, ("", 0))[0], object)
    ranks = columns["parameter"].map(lambda code: PARAMETERS.get(code, ("", 0))[1], np.int64)
    poc = columns["poc"].numbers(faults)
    frame = pd.DataFrame(
        {
            "station": _site_codes(columns),
            "time": end,
            "variable": pollutants,
            "value": columns["value"].numbers(faults)
            * unit_factors(columns["units"], pollutants, tally.converted, faults),
            "longitude": columns["longitude"].numbers(faults),
            "latitude": columns["latitude"].numbers(faults),
            "instrument": ranks * _POCS + np.where(np.isnan(poc), _POCS - 1, poc).astype(np.int64),
        }
    )
    for name in ("name", "city", "province"):
        if name in columns:
            frame[name] = columns[name].values()
    undated = int(np.isnat(end).sum())
    if undated:
        faults["without a valid date and time"] += undated
    for site in frame["station"].unique():
        tally.offsets.setdefault(site, standard_offset(site[:5]))
    return frame


def _site_codes(columns: Columns) -> np.ndarray:
    """Nine digits of state, county and site; spreadsheet programs drop leading zeros."""
    fields = (("station", 9),) if "station" in columns else (("state", 2), ("county", 3), ("site", 4))
    parts = [columns[name].map(methodcaller("zfill", digits), object) for name, digits in fields]
    return np.sum(parts, axis=0)


def _to_utc(frame: pd.DataFrame, time_zone: str | None, tally: Tally, faults: Counter[str]) -> pd.Series:
    if time_zone is not None:
        local = frame["time"].dt.tz_localize(time_zone, ambiguous="NaT", nonexistent="shift_forward")
        return local.dt.tz_convert(None)
    offset = frame["station"].map(tally.offsets).astype(float)
    unknown = int(offset.isna().sum())
    if unknown:
        faults["at sites outside the United States, whose days need time_zone"] += unknown
    return frame["time"] - pd.to_timedelta(offset, unit="h")
