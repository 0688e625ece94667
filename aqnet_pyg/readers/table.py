"""Any long table, one row a station-hour, in CSV or parquet files with declared or recognized columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import available_timezones

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import PathLike, find_members
from aqnet_pyg.readers.long import read_long
from aqnet_pyg.readers.long_layout import Layout, find_layout
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.station_tables import read_station_table

__all__ = ["read_table"]


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

    Columns are recognized by names such as ``station_id``, ``time`` (or ``year``, ``month``, ``day``, ``hour``),
    ``longitude``, ``PM2.5`` or ``CO (mg/m3)``; declare the others. Without a column of codes, stations are told apart, and
    named, by their coordinates: so the files of the AQ-Net authors (``year month day hour longitude latitude``,
    ``PM2.5 (μg/m3)`` and so on) need no declaration, and their times are taken for Beijing time.

    Args:
        path: CSV or parquet file, folder or zip file of them, or several of these.
        columns: Names of the columns by ours: ``station``, ``time``, ``year``, ``month``, ``day``, ``hour``, ``longitude``,
            ``latitude``, ``elevation``, ``name``, ``city``, ``province``, the pollutants, and any names for further
            variables. What is not declared is recognized by name; what neither is, is not read.
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
