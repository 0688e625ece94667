"""Reader of AirMonitor, the R package of Mazama Science: data frames ``meta`` and ``data`` in ``.rda`` files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.levels.units import plain_units
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import mass_factor, reference_state
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.r_files import r_numbers, read_r_objects
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

_POLLUTANTS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "OZONE": "o3", "O3": "o3", "CO": "co"}
_REQUIRED = ("deviceDeploymentID", "locationID", "longitude", "latitude", "pollutant", "units")
_ATTRIBUTES = {"elevation": "elevation", "locationName": "name", "city": "city", "stateCode": "province"}
_HOUR = np.timedelta64(1, "h")


def read_airmonitor(path: PathLike | Sequence[PathLike], *, strict: bool = False) -> tuple[xr.Dataset, ReadReport]:
    """Read the files of AirMonitor (Mazama Science, US Forest Service).

    Args:
        path: File ``.rda``, ``.RData`` or ``.rds``, folder or zip file of them, or several of these, with one or more objects
            of class ``mts_monitor``. The package rdata is needed.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Times are the beginnings of the averaging hours. A station is a location; of
        several devices at a location, the first one (by ID) with a value counts.

    Raises:
        InputError: If there is nothing to read.
        ModuleNotFoundError: If rdata is not installed.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.(rda|rdata|rds)", "*.rda", report)
    used: set[str] = set()
    zones: set[str] = set()
    frames = list(_frames(members, used, zones, report))
    dataset = collect(
        frames,
        report,
        time_zone=zones.pop() if len(zones) == 1 else "UTC",
        source="AirMonitor, Mazama Science and US Forest Service",
    )
    report.notes.append("times are UTC and label the beginning of the averaging hour.")
    report.notes += sorted(used)
    return dataset, report


def _frames(
    members: Sequence[Member], used: set[str], zones: set[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        content = read_r_objects(data, member.label, report)
        if content is None:
            continue
        objects = {"": content} if _is_monitor(content) else content
        monitors = {name: monitor for name, monitor in objects.items() if _is_monitor(monitor)}
        if not monitors:
            report.skip(member.label, "no object with the data frames meta and data")
        for name, monitor in monitors.items():
            label = f"{member.label} ({name})" if name else member.label
            frame = _tidy(monitor["meta"], monitor["data"], label, used, report)
            if frame is not None:
                zones.update(str(zone) for zone in monitor["meta"].get("timezone", ()) if zone in available_timezones())
                yield member.label, frame


def _is_monitor(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("meta"), pd.DataFrame)
        and isinstance(value.get("data"), pd.DataFrame)
    )


def _tidy(meta: pd.DataFrame, data: pd.DataFrame, file: str, used: set[str], report: ReadReport) -> pd.DataFrame | None:
    missing = [name for name in _REQUIRED if name not in meta] + (["datetime"] if "datetime" not in data else [])
    if missing or data.empty or meta.empty:
        report.skip(file, f"no {', '.join(missing)}" if missing else "no rows")
        return None
    seconds = _numbers(data["datetime"])
    if not np.isfinite(seconds).all():
        report.damage(file, f"{counted(int((~np.isfinite(seconds)).sum()), 'row')} without a time left out")
    timed = np.isfinite(seconds)
    time = seconds[timed].round().astype("datetime64[s]") + _HOUR
    parts = []
    for row in meta.to_dict("records"):
        pollutant = _POLLUTANTS.get(str(row["pollutant"]).upper())
        device = row["deviceDeploymentID"]
        if pollutant is None or device not in data:
            reason = f"it measures {row['pollutant']}" if pollutant is None else "it has no column of data"
            report.damage(file, f"{device} left out: {reason}")
            continue
        value = _numbers(data[device])[timed]
        part = {"station": str(row["locationID"]), "instrument": str(device), "time": time, "variable": pollutant}
        part |= {"value": value * _factor(pollutant, str(row["units"]), file, used)}
        part |= {"longitude": float(row["longitude"]), "latitude": float(row["latitude"])}
        part |= {
            ours: row[theirs] for theirs, ours in _ATTRIBUTES.items() if theirs in row and not pd.isna(row[theirs])
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True) if parts else None


def _numbers(column: pd.Series) -> np.ndarray:
    numbers = r_numbers(column)
    return np.where(np.isnan(numbers), np.nan, numbers)  # R's NA is a signaling NaN, of which arithmetic warns


def _factor(pollutant: str, units: str, file: str, used: set[str]) -> float:
    if plain_units(units).startswith("pp"):
        used.add(f"{pollutant} is converted from {units} at {reference_state('airmonitor')}.")
    return mass_factor("airmonitor", pollutant, units, file)
