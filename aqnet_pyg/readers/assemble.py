"""The last step of every reader: from arrays to checked, masked and flagged station data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS, flag_suspect, make_station_data, mask_impossible

__all__ = ["assemble"]


def assemble(
    values: dict[str, np.ndarray],
    time: pd.DatetimeIndex,
    stations: pd.DataFrame,
    report: ReadReport,
    *,
    time_zone: str,
    source: str,
    attributes: Mapping[str, Mapping[str, Any]] | None = None,
) -> xr.Dataset:
    """Mask, count, drop silent stations, and make station data with quality flags.

    Args:
        values: Arrays of shape ``[time, station]`` by variable; pollutants in the units of the vocabulary. They are
            changed, and pollutants without any value are left out.
        time: UTC hours, complete and ascending.
        stations: One row a station in the order of the arrays, indexed by code.
        report: Takes the counts.
        time_zone: IANA name of the local zone.
        source: One line on where the data come from.
        attributes: Attributes of variables that are no pollutants.

    Returns:
        Station data.

    Raises:
        InputError: If the coordinates cannot be used, or no station has any value.
    """
    measured = np.zeros(len(time), bool)
    reports = np.zeros(len(stations), bool)
    for name in list(values):
        if name in POLLUTANTS:
            report.masked[name] = mask_impossible(name, values[name])
            found = np.isfinite(values[name])
            if not found.any():
                del values[name]
                continue
            measured |= found.any(axis=1)
            reports |= found.any(axis=0)
    report.masked = {name: count for name, count in report.masked.items() if count}
    report.absent_hours = int((~measured).sum())
    report.stations_without_measurements = int((~reports).sum())
    if not reports.all():
        for name in values:
            values[name] = values[name][:, reports]
    dataset = make_station_data(
        values, time, stations[reports], time_zone=time_zone, source=source, attributes=attributes
    )
    return flag_suspect(dataset)
