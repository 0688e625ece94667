"""Reader of long tables: one row per station-hour, in CSV or Parquet files with declared or recognized columns."""

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


def read_table(
    path: PathLike | Sequence[PathLike],
    *,
    columns: Mapping[str, str] | None = None,
    stations: PathLike | None = None,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read long tables, with one row per station-hour.

    Columns are recognized by names such as ``station_id``, ``time`` (or ``year``, ``month``, ``day``, ``hour``),
    ``longitude``, ``PM2.5`` or ``CO (mg/m3)``; others can be declared. Without a column of codes, stations are identified by
    their coordinates. The files of the AQ-Net authors (``year month day hour longitude latitude``, ``PM2.5 (μg/m3)`` and so
    on) therefore need no declaration; their times are interpreted as Beijing time.

    Args:
        path: CSV or Parquet file, folder or zip file of them, or several of these.
        columns: Column names by variable: ``station``, ``time``, ``year``, ``month``, ``day``, ``hour``, ``longitude``,
            ``latitude``, ``elevation``, ``name``, ``city``, ``province``, the pollutants, and any names for further
            variables. Variables that are not declared are recognized by name; all other columns are ignored.
        stations: Table (CSV) with code, longitude and latitude of the stations. It is used instead of coordinates in the
            files, which may then have none.
        time_zone: IANA name of the time zone of the times, which label the end of the averaging hour. Times with a UTC offset
            keep it. Default: UTC (Asia/Shanghai for the layout of the AQ-Net authors).
        units: Units of variables, such as ``{"co": "ug/m3"}``, if the column name does not give them in parentheses.
            Default: µg m-3, and mg m-3 for CO. Pollutants are converted.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Times are rounded to the nearest hour.

    Raises:
        InputError: If there is nothing to read, or columns or coordinates are missing.
    """
    report = ReadReport(str(path), strict)
    exclude = [] if stations is None else [Path(stations)]
    members = find_members(path, r".*\.(csv|txt|parquet)", "*.csv or *.parquet", report, exclude=exclude)
    if time_zone is not None and time_zone not in available_timezones():
        raise InputError(f"time_zone: {time_zone!r} is not an IANA name; use one such as 'Asia/Shanghai' or 'UTC'.")
    table = None if stations is None else read_station_table(stations)

    def layout_of(names: Sequence[str], file: str) -> Layout:
        has_table = table is not None
        return find_layout(names, file, columns=columns, station_table=has_table, time_zone=time_zone, units=units)

    names = ", ".join(Path(one).name for one in ([path] if isinstance(path, str | Path) else path))
    return read_long(members, layout_of, table, report, source=f"hourly measurements in {names}"), report
