"""Selection of an area and a period from station data that were read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import parse_boxes
from aqnet_pyg.local_dates import local_days
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted


def select(
    data: xr.Dataset,
    report: ReadReport,
    *,
    bbox: str | Sequence[float] | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
) -> xr.Dataset:
    """Return the stations in a box and the hours of a period.

    Args:
        data: Station data.
        report: Read report, which records what is left out.
        bbox: West, south, east, north in degrees; stations on the border are inside. If west is greater than east, the box
            crosses the antimeridian.
        start: First local day, in the time zone of the data; or a month or year.
        end: Last local day; or a month or year.

    Raises:
        InputError: If the box or a day is invalid, or nothing is left.
    """
    if bbox is not None:
        longitude, latitude = data["longitude"].values, data["latitude"].values
        inside = np.zeros(len(longitude), bool)
        boxes = parse_boxes("bbox", bbox)
        for west, south, east, north in boxes:
            inside |= (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        box = f"{boxes[0][0]:g},{boxes[0][1]:g},{boxes[-1][2]:g},{boxes[-1][3]:g}"
        if not inside.any():
            raise InputError(
                f"bbox: none of the {counted(inside.size, 'station')} of {report.source} is inside {box}; give "
                "west,south,east,north in degrees."
            )
        if not inside.all():
            outside = counted(int((~inside).sum()), "station")
            report.notes.append(f"{outside} outside the box {box} left out.")
        data = data.isel(station=inside)
    if start is not None or end is not None:
        zone = data.attrs.get("time_zone", "UTC")
        days = local_days(pd.DatetimeIndex(data.indexes["time"]), zone).astype("datetime64[D]")
        first = days.min() if start is None else edge_day("start", start, "start_time")
        last = days.max() if end is None else edge_day("end", end, "end_time")
        within = (days >= first) & (days <= last)
        if not within.any():
            raise InputError(
                f"start: {report.source} has no hour from {first} to {last}; "
                f"it has the days {days.min()} to {days.max()} ({zone})."
            )
        if not within.all():
            report.notes.append(f"{counted(int((~within).sum()), 'hour')} outside {first} to {last} ({zone}) left out.")
        data = data.isel(time=within)
    return data


def edge_day(name: str, value: str | date, edge: Literal["start_time", "end_time"]) -> np.datetime64:
    """Return the first or last day of a day, month or year.

    Args:
        name: Name of the option, for the error message.
        value: The day, month or year.
        edge: The first day (``start_time``) or the last (``end_time``).

    Raises:
        InputError: If it is none of them.
    """
    try:
        return np.datetime64(getattr(pd.Period(str(value)), edge).date())
    except (AttributeError, ValueError):
        raise InputError(f"{name}: {value!r} is not a day; use a date such as 2023-01-31.") from None
