"""Any long table, one row a station-hour, in CSV or parquet files with declared or recognised columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import available_timezones

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import PathLike, find_members
from aqnet_pyg.readers.long import Layout, read_long
from aqnet_pyg.readers.long_columns import TIME_PARTS
from aqnet_pyg.readers.report import ReadReport
from aqnet_pyg.readers.station_tables import find_columns, read_station_table
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["find_layout", "read_table"]

_TIME_NAMES = {"time": ("time", "datetime", "timestamp", "时间"), **{part: (part,) for part in TIME_PARTS}}
_POLLUTANT_NAMES = {**{name: (name,) for name in POLLUTANTS}, "pm25": ("pm25", "pm2p5")}
_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_TO_UG = {"ugm-3": 1.0, "mgm-3": 1000.0, "ngm-3": 0.001}
"""Units of mass concentration, written small, in µg m-3."""


def read_table(
    path: PathLike | Sequence[PathLike],
    *,
    columns: Mapping[str, str] | None = None,
    stations: PathLike | None = None,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read long tables.

    Columns are recognised by names such as ``station_id``, ``time`` (or ``year``, ``month``, ``day``, ``hour``),
    ``longitude``, ``PM2.5`` or ``CO (mg/m3)``; declare the others. Without a column of codes, stations are told apart, and
    named, by their coordinates: so the files of the AQ-Net authors (``year month day hour longitude latitude``,
    ``PM2.5 (μg/m3)`` and so on) need no declaration, and their times are taken for Beijing time.

    Args:
        path: CSV or parquet file, folder or zip file of them, or several of these.
        columns: Names of the columns by ours: ``station``, ``time``, ``year``, ``month``, ``day``, ``hour``, ``longitude``,
            ``latitude``, ``elevation``, ``name``, ``city``, ``province``, the pollutants, and any names for further
            variables. What is not declared is recognised by name; what neither is, is not read.
        stations: Table (CSV) with code, longitude and latitude of the stations, where the files have no coordinates; it
            goes before coordinates in the files.
        time_zone: IANA name of the zone of the times, which label the end of the averaging hour. Times that name their
            offset keep it. Default: UTC (Asia/Shanghai for the layout of the AQ-Net authors).
        units: Units of variables, such as ``{"co": "ug/m3"}``, where the column name does not give them in parentheses.
            Default: µg m-3, and mg m-3 for CO. Pollutants are converted.
        strict: Raise at the first broken file instead of reporting it.

    Returns:
        Station data (UTC), and the report. Times off the hour are rounded to it.

    Raises:
        InputError: If there is nothing to read, or columns or coordinates are lacking.
    """
    report = ReadReport(str(path), strict)
    leave = [] if stations is None else [Path(stations)]
    members = find_members(path, r".*\.(csv|txt|parquet)", "*.csv or *.parquet", report, leave=leave)
    if time_zone is not None and time_zone not in available_timezones():
        raise InputError(f"time_zone: {time_zone!r} is no IANA name; write it like 'Asia/Shanghai' or 'UTC'.")
    table = None if stations is None else read_station_table(stations)

    def layout_of(found: Sequence[str], file: str) -> Layout:
        return find_layout(found, file, columns=columns, located=table is not None, time_zone=time_zone, units=units)

    names = ", ".join(Path(one).name for one in ([path] if isinstance(path, str | Path) else path))
    return read_long(members, layout_of, table, report, source=f"hourly measurements in {names}"), report


def find_layout(
    found: Sequence[str],
    file: str,
    *,
    columns: Mapping[str, str] | None = None,
    located: bool = False,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Layout:
    """Find out what the columns of a table hold.

    Args:
        found: The column names of the table.
        file: Its name, for messages.
        columns: Declared columns, theirs by ours.
        located: Whether the coordinates come from elsewhere.
        time_zone: Declared zone.
        units: Declared units by our names.

    Raises:
        InputError: If a declared column is not there, a needed one is not found, or units are not understood.
    """
    declared = dict(columns or {})
    lacking = [theirs for theirs in declared.values() if theirs not in found]
    if lacking:
        raise InputError(f"{file}: no column {lacking[0]!r} as declared; found {_listed(found)}.")
    bare = {name: _WITH_UNITS.sub(r"\1", name) for name in found}
    plain = {re.sub(r"[\s._-]", "", short.lower()): name for name, short in reversed(bare.items())}
    recognised = find_columns(list(found))
    for ours, names in {**_TIME_NAMES, **_POLLUTANT_NAMES}.items():
        for name in names:
            if name in plain:
                recognised[ours] = plain[name]
    picked = declared | {
        ours: theirs for ours, theirs in recognised.items() if ours not in declared and theirs not in declared.values()
    }
    timed = "time" in picked or all(part in picked for part in TIME_PARTS)
    placed = "longitude" in picked and "latitude" in picked
    needs = []
    if not ("station" in picked or (placed and not located)):
        needs.append("station (or longitude and latitude)")
    elif not (located or placed):
        needs.append("longitude and latitude (or a station table)")
    if not timed:
        needs.append("time (or year, month, day and hour)")
    if not any(name in POLLUTANTS for name in picked):
        needs.append(f"one of {', '.join(POLLUTANTS)}")
    if needs:
        raise InputError(f"{file}: no column for {'; '.join(needs)}; found {_listed(found)}; declare columns by name.")
    if "time" in picked:
        for part in TIME_PARTS:
            picked.pop(part, None)
    unknown = [ours for ours in units or {} if ours not in picked]
    if unknown:
        raise InputError(f"units: no variable {unknown[0]!r} in {file}; use our names: {', '.join(picked)}.")
    authors = "station" not in picked and "time" not in picked and any(bare[name] != name for name in picked.values())
    layout = Layout(
        picked,
        time_zone or ("Asia/Shanghai" if authors else "UTC"),
        unused=[name for name in found if name not in picked.values()],
    )
    given = {ours: _WITH_UNITS.fullmatch(theirs) for ours, theirs in picked.items()}
    written = {ours: match[2] for ours, match in given.items() if match} | dict(units or {})
    factors = {
        name: _factor(name, written[name], file) for name in layout.variables if name in POLLUTANTS and name in written
    }
    attributes = {
        name: {"long_name": bare[picked[name]]} | ({"units": written[name]} if name in written else {})
        for name in layout.variables
        if name not in POLLUTANTS
    }
    return Layout(picked, layout.time_zone, factors, attributes, layout.unused)


def _factor(name: str, units: str, file: str) -> float:
    """What turns a concentration in the given units into that of the vocabulary."""
    plain = units.lower().replace("μ", "u").replace("µ", "u").replace("³", "3")
    plain = re.sub(r"[\s^*.]", "", plain).replace("/m3", "m-3").replace("m⁻3", "m-3")
    if plain not in _TO_UG:
        raise InputError(
            f"{file}: units {units!r} of {name} are not understood; give µg/m3 or mg/m3, converting others first."
        )
    return _TO_UG[plain] / _TO_UG[POLLUTANTS[name].units.replace(" ", "")]


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
