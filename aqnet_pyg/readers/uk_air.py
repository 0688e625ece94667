"""Reader of CSV files of UK-AIR: flat files of a site and year, and downloads of the data selector."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import unconverted_note
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files.archive import PathLike, find_members, read_members
from aqnet_pyg.readers.files.times import parse_dates
from aqnet_pyg.readers.openair_sites import read_sites
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_POLLUTANTS = {
    "ozone": "o3",
    "nitrogen dioxide": "no2",
    "sulphur dioxide": "so2",
    "sulfur dioxide": "so2",
    "carbon monoxide": "co",
    "pm10 particulate matter (hourly measured)": "pm10",
    "pm2.5 particulate matter (hourly measured)": "pm25",
    "pm10": "pm10",
    "pm2.5": "pm25",
}
"""Pollutants by their names in the header, in lower case without tags. Volatile and non-volatile fractions are not read."""

_MISSING = ("", "no data", "n/a", "na", "-99")
_SUSPECT = "S"
_FINAL = ("R", "V")
_LONGEST_PREAMBLE = 40
"""Lines in which the header is searched for."""

_TIME = r"^(\d{1,2}):(\d{2})(?::\d{2})?$"
_UNIT = re.compile(r"unit of measurement \(for pollutants\) = (\S+)", re.IGNORECASE)
_STATUS = r"^(P\*|[A-Z])(?=\s|$|\()"


@dataclass
class _Counts:
    suspect: int = 0
    provisional: int = 0
    values: int = 0
    not_used: set[str] = field(default_factory=set)
    masses: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Series:
    """Columns of one pollutant at one site."""

    site: str
    name: str
    value: int
    status: int | None
    unit: int | None


def read_uk_air(
    path: PathLike | Sequence[PathLike], stations: PathLike | None = None, *, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read CSV files of UK-AIR (https://uk-air.defra.gov.uk/data): flat files, and downloads of the data selector.

    Lines before the header name the site; then there are the columns ``Date``, ``Time`` (01:00 to 24:00) and, for each pollutant,
    value, status and unit (in the column of the status in downloads). Times are GMT and label the end of the hour. Ratified
    (R, V) and provisional (P, P*, N) values are read, suspect ones (S) are left out. Mass concentrations of gases refer to 20 °C
    and 1013 hPa and are not converted.

    Args:
        path: CSV file, folder or zip file of them, or several of these.
        stations: ``AURN_metadata.RData`` of the same network, which needs the package rdata, or a station table (CSV) with code,
            name, longitude and latitude. Sites are found by their names or codes, or by the code at the beginning of the file
            name, as in ``MY1_2020.csv``. Not needed for downloads with latitude and longitude above the header.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report.

    Raises:
        InputError: If there is nothing to read, or no site has coordinates.
    """
    report = ReadReport(str(path), strict)
    exclude = [] if stations is None else [Path(stations)]
    members = find_members(path, r".*\.csv(\.gz)?", "*.csv", report, exclude=exclude)
    sites = None if stations is None else read_sites(stations)
    counts = _Counts()
    frames = (
        (member.label, frame)
        for member, data in read_members(members, report)
        if (frame := _read(data, member.label, member.name, sites, counts, report)) is not None
    )
    dataset = collect(frames, report, time_zone="UTC", source="UK-AIR, Defra", stations=sites)
    report.notes.append("times are GMT and label the end of the averaging hour; 24:00 is midnight.")
    report.notes += unconverted_note(counts.masses)
    if counts.suspect:
        report.notes.append(f"{counted(counts.suspect, 'value')} flagged as suspect (S) left out.")
    if counts.provisional:
        report.notes.append(
            f"{counts.provisional:,} of {counted(counts.values, 'value')} are provisional (P, P* or N)."
        )
    if counts.not_used:
        report.notes.append(f"columns not used: {', '.join(sorted(counts.not_used))}.")
    return dataset, report


def _read(
    data: bytes, file: str, name: str, sites: pd.DataFrame | None, counts: _Counts, report: ReadReport
) -> pd.DataFrame | None:
    if not data.strip():
        report.skip(file, "empty file")
        return None
    if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        report.skip(file, "HTML page instead of a table")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    lines = list(csv.reader(io.StringIO(text.replace("\0", ""), newline="")))
    header = next((at for at, line in enumerate(lines[:_LONGEST_PREAMBLE]) if _clean(line, 0) == "date"), None)
    if header is None:
        report.skip(file, "no line with Date and time: not a file of UK-AIR")
        return None
    names = [_plain(cell) for cell in lines[header]]
    if len(names) < 3 or names[1] != "time":
        report.skip(file, "no column time: daily or annual means, where hourly values are needed")
        return None
    place = {_plain(line[0]).rstrip(":"): line[1].strip() for line in lines[:header] if len(line) > 1}
    site = place.get("site name") or re.split(r"[_.]", name)[0]
    columns = _series(lines[:header], names, site, counts)
    stated = _UNIT.search(" ".join(cell for line in lines[:header] for cell in line))
    unit = stated.group(1).rstrip(".,;") if stated else ""
    rows = [line for line in lines[header + 1 :] if any(cell.strip() for cell in line)]
    complete = [line for line in rows if len(line) >= len(names)]
    if len(complete) < len(rows):
        report.damage(file, f"{counted(len(rows) - len(complete), 'row')} with fewer fields than the header left out")
    if not complete or not columns:
        report.skip(file, "no rows" if columns else "none of the six pollutants")
        return None
    table = pd.DataFrame([line[: len(names)] for line in complete], dtype=object)
    time = _hours(table[0], table[1])
    if time.isna().any():
        report.damage(file, f"{counted(int(time.isna().sum()), 'row')} without a valid time left out")
    parts = []
    for one in columns:
        values = _values(table, one, file, unit, counts, report)
        if values is not None:
            parts.append(pd.DataFrame({"station": one.site, "time": time, "variable": one.name, "value": values}))
    if not parts:
        report.skip(file, "no pollutant with known units")
        return None
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame["time"].notna()].reset_index(drop=True)
    if sites is not None:
        found = list(map(str, frame["station"].unique()))
        frame["station"] = frame["station"].map(_codes(found, name, sites))
    else:
        position = {key: pd.to_numeric(place.get(key, ""), errors="coerce") for key in ("longitude", "latitude")}
        frame = frame.assign(name=frame["station"], **position)
    return frame


def _series(above: Sequence[Sequence[str]], names: Sequence[str], site: str, counts: _Counts) -> list[_Series]:
    """Columns of the pollutants. The last line above the header may have the names of sites in the columns of their values."""
    last: Sequence[str] = next((line for line in reversed(above) if any(cell.strip() for cell in line)), ())
    sites = last if not any(cell.strip() for cell in last[:2]) else ()
    series = []
    for at, name in enumerate(names):
        if at < 2 or name in ("status", "unit", ""):
            continue
        if name not in _POLLUTANTS:
            counts.not_used.add(name)
            continue
        here = next((cell.strip() for cell in reversed(sites[: at + 1]) if cell.strip()), site)
        following = list(names[at + 1 : at + 3])
        status = at + 1 if following[:1] == ["status"] else None
        unit = at + 1 + following.index("unit") if following in (["status", "unit"], ["unit", "status"]) else None
        if following[:1] == ["unit"]:
            unit, status = at + 1, at + 2 if following == ["unit", "status"] else None
        series.append(_Series(here, _POLLUTANTS[name], at, status, unit))
    return series


def _values(
    table: pd.DataFrame, one: _Series, file: str, stated: str, counts: _Counts, report: ReadReport
) -> np.ndarray | None:
    """Values of a series in the units of the package; None if its units are not given."""
    text = table[one.value].astype(str).str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, copy=True)
    wrong = np.isnan(values) & ~text.str.lower().isin(_MISSING).to_numpy()
    if wrong.any():
        report.damage(
            file, f"{counted(int(wrong.sum()), 'value')} of {one.name} not numeric, such as {text[wrong].iloc[0]!r}"
        )
    values[text.str.lower().isin(_MISSING).to_numpy()] = np.nan
    present = ~np.isnan(values)
    status = pd.Series("", table.index) if one.status is None else table[one.status].astype(str).str.strip()
    flag = status.str.extract(_STATUS, expand=False).fillna("")
    suspect = (flag == _SUSPECT).to_numpy() & present
    counts.suspect += int(suspect.sum())
    values[suspect] = np.nan
    present &= ~suspect
    counts.values += int(present.sum())
    counts.provisional += int((~flag.isin((*_FINAL, "")).to_numpy() & present).sum())
    units = table[one.unit] if one.unit is not None else status.str.replace(_STATUS, "", regex=True)
    plain = units.astype(str).str.replace(r"\(.*", "", regex=True).str.strip()
    # The unit above the header is that of particles and most gases; carbon monoxide has been in mg m-3.
    plain = plain.where(plain != "", "" if one.name == "co" else stated)
    temperature = CONVENTIONS["uk_air"].temperature or 20.0
    factors = np.full(len(values), np.nan)
    for unit in plain[present].unique():
        try:
            factor = conversion_factor(one.name, unit, POLLUTANTS[one.name].units, temperature=temperature)
        except InputError:
            count = int(((plain == unit).to_numpy() & present).sum())
            found = f"in unknown units {unit!r}" if unit else "without units"
            report.damage(file, f"{counted(count, 'value')} of {one.name} {found} left out")
            continue
        if plain_units(unit).startswith("pp"):
            note = f"{one.name} was converted from {unit} at {temperature:g} °C and 1013.25 hPa."
            report.notes += [] if note in report.notes else [note]
        else:
            counts.masses.add(one.name)
        factors[(plain == unit).to_numpy()] = factor
    if present.any() and np.isnan(factors[present]).all():
        return None
    return values * factors


def _hours(dates: pd.Series, times: pd.Series) -> pd.Series:
    """Ends of hours from dates (day first, or year first) and times up to 24:00."""
    text = dates.astype(str).str.strip().str.replace("/", "-")
    days = parse_dates(text, "%d-%m-%Y")
    days = days.fillna(parse_dates(text, "%Y-%m-%d"))
    parts = times.astype(str).str.strip().str.extract(_TIME).astype(float)
    valid = (parts[0] <= 24) & (parts[1] < 60) & ((parts[0] < 24) | (parts[1] == 0))
    minutes = (parts[0] * 60 + parts[1]).where(valid)
    return days + pd.to_timedelta(minutes, unit="min")


def _codes(found: Sequence[str], file: str, sites: pd.DataFrame) -> dict[str, str]:
    """Codes in the table of sites by the names in a file; names that are not in the table stay."""
    by_name = {str(name).casefold(): str(code) for code, name in sites.get("name", pd.Series(dtype=object)).items()}
    prefix = re.split(r"[_.]", file)[0]
    codes = {}
    for name in found:
        known = name if name in sites.index else by_name.get(name.casefold())
        if known is None and len(found) == 1 and prefix in sites.index:
            known = prefix
        codes[name] = name if known is None else known
    return codes


def _plain(cell: str) -> str:
    """A cell of the header without tags, in lower case."""
    return " ".join(re.sub(r"<[^>]*>", "", cell).lower().split())


def _clean(line: Sequence[str], at: int) -> str:
    return _plain(line[at]) if len(line) > at else ""
