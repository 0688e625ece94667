"""Rows of AirNow's HourlyData and HourlyAQObs as measurements of the package."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from aqnet_pyg.readers.files.text_columns import TextColumn, unit_factors

DATA_COLUMNS = ("date", "time", "station", "name", "offset", "parameter", "units", "value")
"""Columns of HourlyData, which has no header; the agency follows."""

OBS_COLUMNS = {
    "date": "ValidDate",
    "time": "ValidTime",
    "station": "AQSID",
    "longitude": "Longitude",
    "latitude": "Latitude",
    "offset": "GMTOffset",
    "name": "SiteName",
    "province": "StateName",
}
"""Columns of HourlyAQObs for a site."""

OBS_PARAMETERS = {"PM25": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "OZONE": "o3", "CO": "co"}
"""Pollutants by their column in HourlyAQObs; the units are in the column ``PM25_Unit`` and so on."""

_PARAMETERS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "OZONE": "o3", "CO": "co"}
"""Pollutants by the parameter in HourlyData."""

_MISSING = -999.0

Columns = dict[str, TextColumn]
"""Columns of rows by name."""


@dataclass
class Tally:
    """Rows that rules applied to, over all files.

    Args:
        missing: Values of -999.
        other_parameters: Rows left out by parameter.
        offsets: Rows by the whole hours of the offset from UTC.
        converted: Pollutants that were converted from mixing ratios.
    """

    missing: int = 0
    other_parameters: Counter[str] = field(default_factory=Counter)
    offsets: Counter[int] = field(default_factory=Counter)
    converted: set[str] = field(default_factory=set)


def data_rows(columns: Columns, sites: pd.DataFrame, tally: Tally, faults: Counter[str]) -> pd.DataFrame:
    """Convert rows of HourlyData.

    Args:
        columns: The columns :data:`DATA_COLUMNS`.
        sites: Coordinates of sites, indexed by code.
        tally: Counts, added to.
        faults: Rows by fault, added to.
    """
    known = columns["parameter"].is_in(_PARAMETERS)
    for name, count in columns["parameter"].counts().items():
        if name not in _PARAMETERS:
            tally.other_parameters[name] += count
    columns = {name: column[known] for name, column in columns.items()}
    frame = _site_rows(columns, sites, tally, faults)
    frame["variable"] = columns["parameter"].map(lambda kind: _PARAMETERS.get(kind, ""), object)
    frame["value"] = _values(columns["value"], columns["units"], frame["variable"].to_numpy(), tally, faults)
    return frame[frame["time"].notna()]


def obs_rows(columns: Columns, sites: pd.DataFrame | None, tally: Tally, faults: Counter[str]) -> pd.DataFrame:
    """Convert rows of HourlyAQObs.

    Args:
        columns: Columns by their names in the file.
        sites: Coordinates of sites without them in the file, indexed by code.
        tally: Counts, added to.
        faults: Rows by fault, added to.
    """
    named = {name: columns[column] for name, column in OBS_COLUMNS.items() if column in columns}
    rows = _site_rows(named, sites, tally, faults)
    rows = rows.assign(variable="", value=np.nan)
    parts = [rows[:0]]
    for column, pollutant in OBS_PARAMETERS.items():
        if column in columns and f"{column}_Unit" in columns:
            pollutants = np.full(len(rows), pollutant, object)
            measured = columns[column].map(bool, bool)
            value, units = columns[column][measured], columns[f"{column}_Unit"][measured]
            part = rows[measured].assign(variable=pollutant)
            parts.append(part.assign(value=_values(value, units, pollutants[measured], tally, faults)))
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["time"].notna()]


def _site_rows(columns: Columns, sites: pd.DataFrame | None, tally: Tally, faults: Counter[str]) -> pd.DataFrame:
    """Station, end of the hour, coordinates and names of each row."""
    end = columns["date"].days("%m/%d/%y", "%m/%d/%Y") + columns["time"].clock() + np.timedelta64(1, "h")
    if undated := int(np.isnat(end).sum()):
        faults["without a valid date and time"] += undated
    frame = pd.DataFrame({"station": columns["station"].values(), "time": end})
    for name in ("name", "province"):
        if name in columns:
            frame[name] = columns[name].values()
    for name in ("longitude", "latitude"):
        frame[name] = columns[name].numbers(faults) if name in columns else np.nan
    nowhere = (frame["longitude"] == 0) & (frame["latitude"] == 0)
    frame.loc[nowhere, ["longitude", "latitude"]] = np.nan
    if sites is not None:
        listed = sites.reindex(list(columns["station"].texts))
        for name in map(str, listed.columns):
            values = pd.Series(listed[name].to_numpy()[columns["station"].codes], frame.index)
            frame[name] = frame[name].fillna(values) if name in frame else values
    offsets = columns["offset"].numbers() if "offset" in columns else np.array([])
    tally.offsets.update(offsets[offsets % 1 == 0].astype(int).tolist())
    return frame


def _values(
    column: TextColumn, units: TextColumn, pollutants: np.ndarray, tally: Tally, faults: Counter[str]
) -> np.ndarray:
    values = column.numbers(faults)
    missing = values == _MISSING
    tally.missing += int(missing.sum())
    values[missing] = np.nan
    return values * unit_factors(units, pollutants, tally.converted, faults)
