"""Long tables, one row per station-hour: from files to station data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import Member, read_members
from aqnet_pyg.readers.assemble import assemble
from aqnet_pyg.readers.long_columns import (
    NO_HOUR,
    floats,
    hours_of_parts,
    hours_of_times,
    station_codes,
    to_utc,
)
from aqnet_pyg.readers.long_files import open_table
from aqnet_pyg.readers.long_layout import Layout
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.station_tables import COLUMN_NAMES
from aqnet_pyg.text import counted


def read_long(
    members: Sequence[Member],
    layout_of: Callable[[Sequence[str], str], Layout],
    table: pd.DataFrame | None,
    report: ReadReport,
    *,
    source: str,
) -> xr.Dataset:
    """Read long tables.

    Args:
        members: CSV and Parquet files.
        layout_of: Returns the layout, given the column names and the name of a file.
        table: Station table, one row per station, indexed by code, with coordinates; None if the files have coordinates.
        report: Read report that records every fault.
        source: Origin of the data, one line.

    Returns:
        Station data. Of several rows for the same station and hour, the first is used.

    Raises:
        InputError: If no file could be read, or at the first fault if the read report is strict.
    """
    layouts: list[Layout] = []
    parts: list[_Part] = []
    for member, data in read_members(members, report):
        opened = open_table(member, data, report)
        if opened is None:
            continue
        names, load = opened
        try:
            layout = layout_of(names, member.label)
        except InputError as error:
            if len(members) == 1:
                raise
            report.skip(member.label, str(error).removeprefix(f"{member.label}: ").rstrip("."))
            continue
        rows = load(
            list(dict.fromkeys(layout.columns.values())),
            [layout.columns[name] for name in _TEXTS if name in layout.columns],
        )
        part = None if rows is None else _read_rows(rows, layout, member.label, report)
        if part is not None:
            layouts.append(layout)
            parts.append(part)
            report.files_read += 1
    report.require_files("a table with one row per station-hour")
    unused = list(dict.fromkeys(name for layout in layouts for name in layout.unused))
    if unused:
        report.notes.append(f"columns not used: {', '.join(unused)}.")
    stations = _stations(parts, table, report)
    values, time = _scatter(parts, stations, report)
    zone, attributes = layouts[0].time_zone, layouts[0].attributes
    return assemble(values, time, stations, report, time_zone=zone, source=source, attributes=attributes)


_MAX_HOURS = 80 * 366 * 24
"""Longest time axis; a longer one is treated as an error in the times."""

_TEXTS = ("station", "name", "city", "province")
_POSITION = ("station", "longitude", "latitude")


@dataclass
class _Part:
    """Rows of one file.

    Args:
        file: Its name.
        hours: UTC hours since 1970, shape ``[row]``.
        stations: Positions in ``codes``, shape ``[row]``.
        codes: Station codes.
        values: Values by variable, shape ``[row]``.
        table: Station attributes in the file, one row per station and position, indexed by code.
    """

    file: str
    hours: np.ndarray
    stations: np.ndarray
    codes: list[str]
    values: dict[str, np.ndarray]
    table: pd.DataFrame


def _read_rows(rows: pa.Table, layout: Layout, file: str, report: ReadReport) -> _Part | None:
    """Convert rows to numbers; rows without station or hour are recorded and left out."""
    columns = {variable: rows[column] for variable, column in layout.columns.items()}
    faults: list[str] = []
    if "time" in columns:
        hours, is_utc, rounded = hours_of_times(columns["time"], faults)
        if rounded:
            report.notes.append(f"{file}: {counted(rounded, 'time')} rounded to the nearest hour.")
    else:
        hours, is_utc = hours_of_parts(columns, faults), False
    if not is_utc:
        hours = to_utc(hours, layout.time_zone, faults)
    stations, codes = station_codes(columns, faults)
    keep = (hours != NO_HOUR) & (stations >= 0)
    if not keep.any():
        report.skip(file, "; ".join(faults) or "no rows")
        return None
    values = {}
    for name in layout.variables:
        numbers = floats(columns[name], faults)[keep] * layout.factors.get(name, 1.0)
        values[name] = numbers.astype(np.float32)
    table = pd.DataFrame({"station": stations})
    for name in COLUMN_NAMES:
        if name in columns and name != "station":
            table[name] = columns[name].to_pandas() if name in _TEXTS else floats(columns[name], [])
    table = table[keep].drop_duplicates([name for name in _POSITION if name in table])
    table["station"] = [codes[number] for number in table["station"]]
    for fault in faults:
        report.damage(file, fault)
    return _Part(file, hours[keep], stations[keep], codes, values, table.set_index("station"))


def _stations(parts: Sequence[_Part], table: pd.DataFrame | None, report: ReadReport) -> pd.DataFrame:
    """One row with coordinates per station of the files; stations without coordinates are recorded and left out."""
    in_files = pd.concat([part.table for part in parts])
    codes = in_files.index.unique()
    if table is None:
        table = in_files[in_files["longitude"].notna() & in_files["latitude"].notna()]
        positions = table.reset_index().drop_duplicates(_POSITION)["station"]
        moved = positions[positions.duplicated()].nunique()
        if moved:
            report.notes.append(f"{counted(moved, 'station')} with more than one position; the first one is used.")
    else:
        table = table[table["longitude"].notna() & table["latitude"].notna()]
    table = table[~table.index.duplicated()]
    report.without_coordinates = [code for code in codes if code not in table.index]
    located = table.reindex([code for code in codes if code in table.index])
    if located.empty:
        raise InputError(
            f"{report.source}: none of the {len(codes)} stations ({', '.join(codes[:3])}, ...) has coordinates; "
            "give the station table of the same network (stations=...)."
        )
    return located


def _scatter(
    parts: list[_Part], stations: pd.DataFrame, report: ReadReport
) -> tuple[dict[str, np.ndarray], pd.DatetimeIndex]:
    """Arrays of shape ``[time, station]`` on a complete time axis."""
    first = min(int(part.hours.min()) for part in parts)
    hours = max(int(part.hours.max()) for part in parts) - first + 1
    if hours > _MAX_HOURS:
        ends = (str(np.datetime64(first + hour, "h").astype("datetime64[D]")) for hour in (0, hours - 1))
        raise InputError(
            f"{report.source}: times range from {' to '.join(ends)}; correct or remove the rows with wrong times."
        )
    position = {code: number for number, code in enumerate(stations.index)}
    names = list(dict.fromkeys(name for part in parts for name in part.values))
    values = {name: np.full(hours * len(stations), np.nan, np.float32) for name in names}
    filled = np.zeros(hours * len(stations), bool)
    for part in parts:
        stations_of_rows = np.array([position.get(code, -1) for code in part.codes])[part.stations]
        rows = np.flatnonzero(stations_of_rows >= 0)
        cells = (part.hours[rows] - first) * len(stations) + stations_of_rows[rows]
        is_first = ~(filled[cells] | pd.Series(cells).duplicated().to_numpy())
        repeated = int((~is_first).sum())
        if repeated:
            report.duplicates += repeated
            report.damage(part.file, f"{counted(repeated, 'row')} with a repeated station and hour left out")
        filled[cells] = True
        for name, column in part.values.items():
            values[name][cells[is_first]] = column[rows][is_first]
    time = pd.DatetimeIndex((first + np.arange(hours)).astype("datetime64[h]").astype("datetime64[ns]"))
    return {name: array.reshape(hours, len(stations)) for name, array in values.items()}, time
