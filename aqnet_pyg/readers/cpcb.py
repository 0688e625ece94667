"""Reader of the network of India (CPCB): reports of one station in CSV and spreadsheet files."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.daily_means import check_resolution
from aqnet_pyg.readers.assembly.mass_units import mass_factor, reference_state
from aqnet_pyg.readers.assembly.station_names import by_name
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.national_encodings import decode_text
from aqnet_pyg.readers.files.number_columns import parse_numbers
from aqnet_pyg.readers.files.times import parse_dates
from aqnet_pyg.readers.files.xlsx import read_xlsx
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_PARAMETERS = {
    "pm25": ("pm25", "ug m-3"),
    "pm10": ("pm10", "ug m-3"),
    "so2": ("so2", "ug m-3"),
    "no2": ("no2", "ug m-3"),
    "ozone": ("o3", "ug m-3"),
    "o3": ("o3", "ug m-3"),
    "co": ("co", "mg m-3"),
}
"""Pollutant, and its units where the file gives none, by parameter in lower case without signs."""

_UNITS = {
    "": "",
    **dict.fromkeys(("ugm3", "gm3", "ugm", "gm"), "ug m-3"),
    **dict.fromkeys(("mgm3", "mgm"), "mg m-3"),
    "ppb": "ppb",
    "ppm": "ppm",
}
"""Units by their letters."""

_TIMES = (
    "%d-%m-%Y %H:%M",
    "%d-%b-%Y - %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
)
"""Formats of times; the day comes first, or the year."""

_SITE = re.compile(
    r"site_(\d+?)(?:\d{14})?(?:_(.+?))?(?:_\d+(?:Min|Hr|Hour|Day)s?)?(?:\.csv|\.xlsx)(?:\.gz)?$", re.IGNORECASE
)
"""Number and name of the site in a file name, behind which a time or the averaging period may stand."""

_UTC_OFFSET = pd.Timedelta(5.5, "h")
_DAY = pd.Timedelta(1, "D")
_HOUR = pd.Timedelta(1, "h")


def read_cpcb(
    path: PathLike | Sequence[PathLike],
    stations: PathLike,
    *,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read the network of India (Central Pollution Control Board, CAAQMS).

    Args:
        path: CSV or spreadsheet (xlsx) file, folder or zip file of them, or several of these, each of one station: reports of the
            dashboard, with lines before the header and the columns ``From Date`` and ``To Date``, or files of the data
            repository, named ``Raw_data_1Hr_2023_site_113_Shadipur_Delhi_CPCB_1Hr.csv``, with the column ``Timestamp``.
        stations: Table (CSV) with code, ``longitude`` and ``latitude`` of each station. The code is that in the file name (such
            as ``site_113``), or else the name of the station in the lines before the header.
        resolution: ``"day"`` to read daily means, each at the hour in which its local day ends. Default: means over an hour or
            less.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Local time is UTC+5:30, so means over a local hour end at half past; they are
        assigned to the next full hour. Means over 15 minutes are averaged over the hours of UTC.

    Raises:
        InputError: If there is nothing to read, units are unknown, a file has means over several hours, or no station of the
            files is in the table.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.(csv|xlsx)(\.gz)?", "*.csv or *.xlsx", report, exclude=[Path(stations)])
    table, _ = by_name(read_station_table(stations))
    rules: Counter[str] = Counter()
    dataset = collect(
        _frames(members, resolution, rules, report),
        report,
        time_zone="Asia/Kolkata",
        source="Central Pollution Control Board of India, continuous monitoring",
        stations=table,
        resolution=resolution,
    )
    report.notes.append("times are local (UTC+5:30).")
    report.notes += [f"{rule} ({counted(files, 'file')})." for rule, files in rules.items()]
    return dataset, report


@dataclass
class _Table:
    """Part of a report under one header: its columns, and the rows with times."""

    names: list[str]
    rows: list[list[str]] = field(default_factory=list)


def _frames(
    members: Sequence[Member], resolution: str | None, rules: Counter[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        rows = _rows(member, data, report)
        if rows is None:
            continue
        station, name, tables = _split(rows, member.name)
        if not tables:
            report.skip(member.label, "no header with From Date and To Date, or with Timestamp")
            continue
        used: set[str] = set()
        parts = [part for table in tables if (part := _tidy(table, member.label, resolution, used, report)) is not None]
        if not parts:
            report.skip(member.label, f"no rows of {', '.join(sorted(POLLUTANTS))}")
            continue
        rules.update(used)
        frame = pd.concat(parts, ignore_index=True)
        frame["station"], frame["name"] = station, name
        yield member.label, frame


def _rows(member: Member, data: bytes, report: ReadReport) -> list[list[str]] | None:
    if member.name.lower().removesuffix(".gz").endswith(".xlsx"):
        sheet = read_xlsx(data, member.label, report)
        width = max(map(len, sheet or [[]]))
        return None if sheet is None else [row + [""] * (width - len(row)) for row in sheet]
    text = decode_text(data, "cp1252", member.label, report)
    try:
        return None if text is None else list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        report.skip(member.label, f"cannot be parsed ({error})")
        return None


def _split(rows: Sequence[Sequence[str]], file: str) -> tuple[str, str, list[_Table]]:
    """Code and name of the station, and the tables of a report."""
    site = _SITE.search(file)
    name = ""
    tables: list[_Table] = []
    for row in rows:
        cells = [cell.strip().lstrip("\ufeff") for cell in row]
        first = cells[0].lower().rstrip(": ") if cells else ""
        if first in ("from date", "timestamp"):
            tables.append(_Table(_without_empty_end(cells)))
        elif tables and re.match(r"\d", first):
            tables[-1].rows.append(cells)
        elif not tables and first == "station" and len(cells) > 1:
            name = next((cell for cell in cells[1:] if cell), "")
    if site is not None and not name:
        name = (site[2] or "").replace("_", " ")
    code = f"site_{site[1]}" if site is not None else name or Path(file).stem
    return code, name, tables


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _tidy(table: _Table, file: str, resolution: str | None, used: set[str], report: ReadReport) -> pd.DataFrame | None:
    """Rows of one table; the rules that were applied are added to ``used``."""
    width = len(table.names)
    complete = [row[:width] for row in table.rows if len(row) >= width and not any(row[width:])]
    if len(complete) < len(table.rows):
        report.damage(file, f"{counted(len(table.rows) - len(complete), 'row')} with a wrong number of fields left out")
    rows = pd.DataFrame(complete, columns=range(width), dtype=str)
    columns = {
        pollutant: (position, units)
        for position, name in reversed(list(enumerate(table.names)))
        for pollutant, units in [_parameter(name, file)]
        if pollutant
    }
    if rows.empty or not columns:
        return None
    end = _ends(rows, table.names, file, resolution, used, report)
    good = end.notna().to_numpy()
    if not good.all():
        example = rows.loc[~good, 0].iloc[0]
        report.damage(file, f"{counted(int((~good).sum()), 'row')} without a valid time, such as {example!r}")
    parts = []
    for pollutant, (position, units) in columns.items():
        if not units:
            units = _PARAMETERS[pollutant if pollutant != "o3" else "ozone"][1]
            used.add("units that the header does not give are those of the network: µg/m3, for CO mg/m3")
        if units.startswith("pp"):
            used.add(f"{pollutant} converted from {units} at {reference_state('cpcb')}")
        value = parse_numbers(rows[position], file, report) * mass_factor("cpcb", pollutant, units, file)
        parts.append(pd.DataFrame({"time": end[good], "variable": pollutant, "value": value[good]}))
    return pd.concat(parts, ignore_index=True)


def _parameter(name: str, file: str) -> tuple[str, str]:
    """Pollutant and units of a column, empty if it is none or has none."""
    match = re.fullmatch(r"\s*([^(]*?)\s*(?:\((.*)\))?\s*", name)
    parameter, units = (match[1], match[2] or "") if match else (name, "")
    known = _PARAMETERS.get(re.sub(r"[^a-z0-9]", "", parameter.lower()))
    if known is None:
        return "", ""
    # The micro sign and the superscript have been through several encodings.
    letters = re.sub(r"[^bgmpu3]", "", unicodedata.normalize("NFKD", units.lower()))
    if letters not in _UNITS:
        raise InputError(f"{file}: units {units!r} of {parameter} are unknown; use ug/m3, mg/m3, ppb or ppm.")
    return known[0], _UNITS[letters]


def _ends(
    rows: pd.DataFrame, names: Sequence[str], file: str, resolution: str | None, used: set[str], report: ReadReport
) -> pd.Series:
    """Ends of the averaging periods in UTC."""
    begin = _times(rows[0])
    lower = [name.lower() for name in names]
    if "to date" in lower:
        end = _times(rows[lower.index("to date")])
        period = pd.Timedelta((end - begin).median())
        used.add("each value is labeled by the end of its averaging period, 'To Date'")
    else:
        period = pd.Timedelta(begin.drop_duplicates().sort_values().diff().median())
        end = begin + (period if pd.notna(period) else _HOUR)
        used.add("'Timestamp' is taken as the beginning of the averaging period")
    daily = period == _DAY
    if not daily and pd.notna(period) and not pd.Timedelta(0) < period <= _HOUR:
        raise InputError(f"{file}: these are means over {period / _HOUR:g} hours; download means over an hour or less.")
    check_resolution(resolution, daily, file)
    if daily:
        return begin.dt.floor("D") + _DAY - _UTC_OFFSET
    odd = (end - begin) != period
    others = int((odd & end.notna() & begin.notna()).sum())
    if others:
        report.damage(file, f"{counted(others, 'row')} with another averaging period left out")
        end = end.mask(odd)
    if period == _HOUR:
        used.add("means end at half past and are assigned to the next full hour of UTC")
    return end - _UTC_OFFSET


def _times(column: pd.Series) -> pd.Series:
    """Local times, in the format that fits most rows."""
    attempts = [parse_dates(column.str.strip(), pattern) for pattern in _TIMES]
    return max(attempts, key=lambda times: times.notna().sum())
