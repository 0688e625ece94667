"""Reader of tables: one row per station-hour, or one column per station, in CSV or Parquet files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike, find_members
from aqnet_pyg.readers.files.times import check_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.tables.long import TableOptions, read_long
from aqnet_pyg.readers.tables.long_layout import TEMPERATURE, Layout, find_layout
from aqnet_pyg.readers.tables.station_labels import StationLabels


def read_table(
    path: PathLike | Sequence[PathLike],
    *,
    columns: Mapping[str, str] | None = None,
    stations: PathLike | None = None,
    parameter: str | None = None,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
    temperature: float = TEMPERATURE,
    missing: float | str | Sequence[float] = (),
    ignore: str | Sequence[str] = (),
    hour_label: str | None = None,
    day_first: bool | None = None,
    resolution: str | None = None,
    skip_rows: int | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read tables with one row per station-hour, one per station, hour and pollutant, or one column per station.

    Columns are recognized by names such as ``station_id``, ``time`` (or ``date`` and ``hour``, or ``year``, ``month``, ``day``
    and ``hour``), ``longitude``, ``PM2.5`` or ``CO (mg/m3)``, or ``parameter``, ``value`` and ``unit``; others can be declared.
    Without a column of codes, stations are identified by their coordinates. The files of the AQ-Net authors (``year month day
    hour longitude latitude``, ``PM2.5 (μg/m3)`` and so on) therefore need no declaration; their times are interpreted as Beijing
    time.

    With a station table, stations are those of its codes, or else of its names. Columns that are named by them have the values
    of one pollutant at these stations. The pollutant is in the name of the file, such as ``PM2.5_2023.csv``, or is given. A first
    column without a name, as pandas writes an index, has the times if no other column does.

    The class of the instrument of a station (``monitor``, ``sensor`` or another one) is read from a column ``instrument_class``,
    or from a column ``instrument`` that has nothing but ``monitor`` and ``sensor``; other texts in it are names of instruments.
    Stations without a class are monitors.

    Args:
        path: CSV or Parquet file (also compressed: ``.gz``, ``.bz2``, ``.xz``, ``.zst``), folder or zip file of them, or several
            of these.
        columns: Column names by variable: ``station``, ``instrument``, ``time``, ``date``, ``year``, ``month``, ``day``,
            ``hour``, ``longitude``, ``latitude``, ``elevation``, ``name``, ``city``, ``province``, ``instrument_class``,
            ``parameter``, ``value``, ``unit``, the pollutants, and any names for further variables. Variables that are not
            declared are recognized by name; all other columns are ignored, and named in the report.
        stations: Table (CSV) with code, longitude and latitude of the stations. It is used instead of coordinates in the
            files, which may then have none.
        parameter: Pollutant of tables with one column per station. Default: that in the name of each file.
        time_zone: Time zone of the times: IANA name, or a fixed offset such as ``+05:30``. Times with a UTC offset keep it.
            Default: UTC (Asia/Shanghai for the layout of the AQ-Net authors).
        units: Units of variables, such as ``{"co": "ug/m3", "o3": "ppb"}``, if the files do not give them. Default: µg m-3, and
            mg m-3 for CO. Pollutants are converted.
        temperature: Reference temperature in °C at which mixing ratios are converted, at 1013.25 hPa.
        missing: Numbers that stand for missing values, in the units of the file, several also separated by commas (``"999,-1"``).
            Other values are missing where they are empty or such as ``NA``, or impossible.
        ignore: Columns that are not read, several separated by commas.
        hour_label: ``ending`` if times label the end of the averaging period, ``beginning`` if they label its beginning. Default:
            as the name of their column says (``start_time``), or else ``ending``.
        day_first: Whether the day precedes the month in dates that end in the year. Default: as a number above 12 shows in any
            of the files; yes with dots.
        resolution: Averaging period: ``hour``; ``day`` for daily means, which are otherwise refused; or the time between readings
            within the hour, such as ``10min``. Default: hours, or readings within the hour, as the times show.
        skip_rows: Number of lines before the header. Default: up to the first line whose columns are recognized.
        encoding: Encoding of text files, such as ``cp1252`` or ``big5``. Default: UTF-8, or else GB 18030 or Windows-1252
            by the bytes.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report, which names every rule that was applied. Readings within the hour are averaged;
        times up to half an hour off are rounded to the hour; hours 1 to 24 and 24:00 are understood. Of several rows for a
        station and hour the first one with a value is used. Stations without measurements are kept as hidden places: their
        coordinate ``visible`` is 0.

    Raises:
        InputError: If there is nothing to read, columns or coordinates are missing, or something is ambiguous.
    """
    report = ReadReport(str(path), strict)
    if hour_label not in (None, "ending", "beginning"):
        raise InputError(f"hour_label: {hour_label!r} was given; use ending or beginning.")
    exclude = [] if stations is None else [Path(stations)]
    members = find_members(path, r".*\.(csv|txt|parquet)", "*.csv or *.parquet", report, exclude=exclude)
    missing_values = _numbers(missing)
    zone = None if time_zone is None else check_zone(time_zone)
    table = None if stations is None else read_station_table(stations)
    labels = None if table is None else StationLabels(table)
    ignored = [name.strip() for name in ignore.split(",")] if isinstance(ignore, str) else list(ignore)

    def layout_of(names: Sequence[str], file: str) -> Layout:
        return find_layout(
            names,
            file,
            columns=columns,
            labels=labels,
            parameter=parameter,
            time_zone=zone,
            units=units,
            ignore=[name for name in ignored if name],
            temperature=temperature,
            hour_label=hour_label,
        )

    names = ", ".join(Path(one).name for one in ([path] if isinstance(path, str | Path) else path))
    options = TableOptions(day_first, skip_rows, encoding, resolution, missing_values)
    source = f"hourly measurements in {names}"
    data = read_long(members, layout_of, table, report, source=source, options=options, keep_empty=True)
    if labels is not None and labels.note is not None:
        report.notes.append(labels.note)
    return data, report


def _numbers(missing: float | str | Sequence[float]) -> tuple[float, ...]:
    """Numbers that stand for missing values."""
    given = (
        missing.split(",") if isinstance(missing, str) else [missing] if isinstance(missing, int | float) else missing
    )
    try:
        numbers = tuple(float(number) for number in given)
    except (TypeError, ValueError):
        numbers = (np.nan,)
    if not np.isfinite(numbers).all():
        raise InputError(f"missing: {missing!r} was given; use numbers, such as '999.9,-1'.")
    return numbers
