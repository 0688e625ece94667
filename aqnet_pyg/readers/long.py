"""Long tables, one row a station-hour: from files of a known layout to station data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.archive import Member, contents
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

__all__ = ["read_long"]


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
        members: CSV and parquet files.
        layout_of: Gives the layout for the column names and the name of a file.
        table: One row a station, indexed by code, with coordinates; None where the files hold the coordinates.
        report: Takes note of every fault.
        source: One line on where the data come from.

    Returns:
        Station data. Of rows for the same station and hour the first counts.

    Raises:
        InputError: If nothing could be read, or at the first fault when the report is strict.
    """
    layouts: list[Layout] = []
    parts: list[_Part] = []
    for member, data in contents(members, report):
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
    report.require_files("a table with one row a station-hour")
    unused = list(dict.fromkeys(name for layout in layouts for name in layout.unused))
    if unused:
        report.notes.append(f"columns not used: {', '.join(unused)}.")
    stations = _stations(parts, table, report)
    values, time = _scatter(parts, stations, report)
    zone, attributes = layouts[0].time_zone, layouts[0].attributes
    return assemble(values, time, stations, report, time_zone=zone, source=source, attributes=attributes)


@dataclass
class _Part:
    """The rows of one file: UTC hours since 1970, stations by number, their codes, and values by variable.

    ``described`` has what the rows say of the stations, one row for each station and position.
    """

    file: str
    hours: np.ndarray
    stations: np.ndarray
    codes: list[str]
    values: dict[str, np.ndarray]
    described: pd.DataFrame


def _read_rows(rows: pa.Table, layout: Layout, file: str, report: ReadReport) -> _Part | None:
    """Turn rows into numbers; rows without station or hour are reported and left out."""
    columns = {ours: rows[theirs] for ours, theirs in layout.columns.items()}
    faults: list[str] = []
    if "time" in columns:
        hours, in_utc, off = hours_of_times(columns["time"], faults)
        if off:
            report.notes.append(f"{file}: {counted(off, 'time')} off the hour were rounded to it.")
    else:
        hours, in_utc = hours_of_parts(columns, faults), False
    if not in_utc:
        hours = to_utc(hours, layout.time_zone, faults)
    stations, codes = station_codes(columns, faults)
    keep = (hours != NO_HOUR) & (stations >= 0)
    if not keep.any():
        report.skip(file, "; ".join(faults) or "no row in it")
        return None
    values = {}
    for name in layout.variables:
        numbers = floats(columns[name], faults)[keep] * layout.factors.get(name, 1.0)
        values[name] = numbers.astype(np.float32)
    described = pd.DataFrame({"station": stations})
    for name in COLUMN_NAMES:
        if name in columns and name != "station":
            described[name] = columns[name].to_pandas() if name in _TEXTS else floats(columns[name], [])
    described = described[keep].drop_duplicates([name for name in _POSITION if name in described])
    described["station"] = [codes[number] for number in described["station"]]
    for fault in faults:
        report.damage(file, fault)
    return _Part(file, hours[keep], stations[keep], codes, values, described.set_index("station"))


_LONGEST = 80 * 366 * 24
"""Hours from which on a time axis is taken for a mistake rather than filled."""

_TEXTS = ("station", "name", "city", "province")
_POSITION = ("station", "longitude", "latitude")


def _stations(parts: Sequence[_Part], table: pd.DataFrame | None, report: ReadReport) -> pd.DataFrame:
    """One located row a station of the files; stations without coordinates are reported and left out."""
    found = pd.concat([part.described for part in parts])
    codes = found.index.unique()
    if table is None:
        table = found[found["longitude"].notna() & found["latitude"].notna()]
        places = table.reset_index().drop_duplicates(_POSITION)["station"]
        moved = places[places.duplicated()].nunique()
        if moved:
            report.notes.append(f"{counted(moved, 'station')} with more than one position; the first one counts.")
    else:
        table = table[table["longitude"].notna() & table["latitude"].notna()]
    table = table[~table.index.duplicated()]
    report.without_coordinates = [code for code in codes if code not in table.index]
    located = table.reindex([code for code in codes if code in table.index])
    if located.empty:
        raise InputError(
            f"{report.source}: none of its {len(codes)} stations ({', '.join(codes[:3])}, ...) has coordinates; "
            "give the station table of the same network (stations=...)."
        )
    return located


def _scatter(
    parts: list[_Part], stations: pd.DataFrame, report: ReadReport
) -> tuple[dict[str, np.ndarray], pd.DatetimeIndex]:
    """Arrays of shape ``[time, station]`` on a complete time axis."""
    first = min(int(part.hours.min()) for part in parts)
    hours = max(int(part.hours.max()) for part in parts) - first + 1
    if hours > _LONGEST:
        ends = (str(np.datetime64(first + hour, "h").astype("datetime64[D]")) for hour in (0, hours - 1))
        raise InputError(
            f"{report.source}: times go from {' to '.join(ends)}; correct or remove the rows that are far off."
        )
    place = {code: number for number, code in enumerate(stations.index)}
    names = list(dict.fromkeys(name for part in parts for name in part.values))
    values = {name: np.full(hours * len(stations), np.nan, np.float32) for name in names}
    taken = np.zeros(hours * len(stations), bool)
    for part in parts:
        numbers = np.array([place.get(code, -1) for code in part.codes])[part.stations]
        known = np.flatnonzero(numbers >= 0)
        cells = (part.hours[known] - first) * len(stations) + numbers[known]
        fresh = ~(taken[cells] | pd.Series(cells).duplicated().to_numpy())
        if not fresh.all():
            report.duplicates += int((~fresh).sum())
            report.damage(
                part.file,
                f"{counted(int((~fresh).sum()), 'row')} for a station and hour that were read before left out",
            )
        taken[cells] = True
        for name, column in part.values.items():
            values[name][cells[fresh]] = column[known][fresh]
    time = pd.DatetimeIndex((first + np.arange(hours)).astype("datetime64[h]").astype("datetime64[ns]"))
    return {name: array.reshape(hours, len(stations)) for name, array in values.items()}, time
