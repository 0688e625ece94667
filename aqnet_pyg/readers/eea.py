"""Reader of the European Environment Agency: Parquet files of the download service, CSV files of E1a, E2a and AirBase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import unconverted_note
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.long_files import open_table
from aqnet_pyg.readers.files.times import check_zone, in_calendar, parse_dates
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.sampling_points import read_sampling_points, without_country
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_POLLUTANTS = {1: "so2", 5: "pm10", 7: "o3", 8: "no2", 10: "co", 6001: "pm25"}
"""Pollutants by their numbers in the vocabulary of the Agency (http://dd.eionet.europa.eu/vocabulary/aq/pollutant)."""

_PARQUET = {
    "point": "Samplingpoint",
    "pollutant": "Pollutant",
    "start": "Start",
    "end": "End",
    "value": "Value",
    "unit": "Unit",
    "average": "AggType",
    "validity": "Validity",
    "verification": "Verification",
}
_CSV = {
    "point": "SamplingPoint",
    "station": "AirQualityStationEoICode",
    "pollutant": "AirPollutantCode",
    "start": "DatetimeBegin",
    "end": "DatetimeEnd",
    "value": "Concentration",
    "unit": "UnitOfMeasurement",
    "average": "AveragingTime",
    "validity": "Validity",
    "verification": "Verification",
}
_ZONE = "Etc/GMT-1"
"""UTC+1 in the notation of IANA, whose signs are opposite."""

_OTHER_ZONES = {
    "IT": "Italy: up-to-date values of the download service have been found in local time, not in UTC+1; if yours are, read "
    "the files of Italy with time_zone='Europe/Rome'.",
    "IE": "Ireland: verified values of the download service have been found in UTC, not in UTC+1; if yours are, read the files "
    "of Ireland with time_zone='UTC'.",
}
"""Notes on countries whose times have been found to deviate from the documentation, by the code of the country."""

_HOUR = pd.Timedelta("1h")
_DAY = pd.Timedelta("1D")


@dataclass
class _Counts:
    """Counts of rows over all files, for the read report."""

    invalid: int = 0
    unverified: int = 0
    rows: int = 0
    naive: int = 0
    pollutants: Counter[str] = field(default_factory=Counter)
    averages: Counter[str] = field(default_factory=Counter)
    countries: set[str] = field(default_factory=set)
    conversions: set[str] = field(default_factory=set)
    masses: set[str] = field(default_factory=set)


def read_eea(
    path: PathLike | Sequence[PathLike],
    stations: PathLike,
    *,
    time_zone: str | None = None,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read data of the European Environment Agency (EEA).

    Both layouts are read: Parquet files of the download service, with ``Samplingpoint``, ``Pollutant`` (a number), ``Start``,
    ``Value``, ``Unit``, ``AggType`` and ``Validity``; and the older CSV files of E1a, E2a and AirBase, with ``Concentration``,
    ``DatetimeBegin`` and ``AirQualityStationEoICode``. Times are the beginnings of the averaging periods: in Parquet files in
    UTC+1 all year, without an offset; in CSV files with their offset. Values with a ``Validity`` of 0 or less are left out; those
    below the detection limit (2 and 3) and those that are not verified are read. Mass concentrations of gases refer to 20 °C and
    1013 hPa (directive 2008/50/EC, annex VI) and are not converted.

    Args:
        path: Parquet or CSV file, folder or zip file of them, or several of these.
        stations: Metadata of the sampling points, as published by the EEA (``DataExtract.csv``, the zip file of it,
            ``PanEuropean_metadata.csv``), or a station table with longitude, latitude and the codes of sampling points (for CSV
            files, of stations).
        time_zone: Time zone of times without a UTC offset, for files that deviate from the documentation: IANA name such as
            ``Europe/Rome``, or an offset such as ``+02:00``. Default: UTC+1.
        resolution: ``day`` to read daily means, each of which is placed at the hour that ends its day, instead of hourly means.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Stations are named by their EoI codes; of several sampling points at a station,
        the first one (by name) with a value counts in each hour.

    Raises:
        InputError: If there is nothing to read, an option is invalid, or no station has coordinates.
    """
    time_zone = None if time_zone is None else check_zone(time_zone)
    average = resolution or "hour"
    if average not in ("hour", "day"):
        raise InputError(f"resolution: {resolution!r} is not that of values of the EEA; use 'hour' or 'day'.")
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.(parquet|csv(\.gz)?)", "*.parquet or *.csv", report, exclude=[Path(stations)])
    points = read_sampling_points(stations)
    counts = _Counts()
    table = points[points["longitude"].notna()].drop_duplicates("station").set_index("station")
    dataset = collect(
        _frames(members, points["station"], time_zone or _ZONE, average, counts, report),
        report,
        time_zone=_ZONE,
        source="European Environment Agency",
        stations=table,
        resolution=resolution,
    )
    report.notes += _notes(counts, time_zone, average)
    apart = _apart(points, dataset.indexes["station"])
    if apart:
        report.notes.append(
            f"{counted(apart, 'station')} with sampling points more than 1 km apart; the position of the first is used."
        )
    return dataset, report


def _frames(
    members: Sequence[Member], station_of: pd.Series, zone: str, average: str, counts: _Counts, report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, content in read_members(members, report):
        parquet = member.name.lower().endswith(".parquet")
        opened = open_table(member, content if parquet else _as_utf8(content), report)
        if opened is None:
            continue
        names, load = opened
        columns = _PARQUET if "Samplingpoint" in names else _CSV
        missing = [column for name, column in columns.items() if column not in names and name != "verification"]
        if missing:
            report.skip(member.label, f"no column {', '.join(missing)}: not a file of the EEA")
            continue
        columns = {name: column for name, column in columns.items() if column in names}
        table = load(list(columns.values()), list(columns.values()))
        if table is None:
            continue
        rows = pd.DataFrame({name: _column(table[column]) for name, column in columns.items()})
        frame = _tidy(rows, station_of, zone, average, member.label, counts, report)
        if frame is not None:
            yield member.label, frame


def _tidy(
    rows: pd.DataFrame,
    station_of: pd.Series,
    zone: str,
    average: str,
    file: str,
    counts: _Counts,
    report: ReadReport,
) -> pd.DataFrame | None:
    """Valid rows of a file in the columns of :func:`~aqnet_pyg.readers.assembly.collect.collect`; None if there is none."""
    if rows.empty:
        report.skip(file, "no rows")
        return None
    number = pd.to_numeric(rows["pollutant"].astype(str).str.extract(r"(\d+)\D*$", expand=False), errors="coerce")
    rows = rows.assign(variable=number.map(_POLLUTANTS))
    known = rows["variable"].notna()
    counts.pollutants.update(str(name).rpartition("/")[2] or "none" for name in rows.loc[~known, "pollutant"])
    averages = rows["average"].astype(str).str.lower()
    counts.averages.update(averages[known & (averages != average)])
    chosen = rows[known & (averages == average)]
    if chosen.empty:
        other = "none of the six pollutants" if not known.any() else f"no {average}ly means"
        if known.any() and average == "hour" and (averages[known] == "day").any():
            other = "daily means only, which resolution='day' reads"
        report.skip(file, other)
        return None
    valid = (pd.to_numeric(chosen["validity"], errors="coerce") > 0).to_numpy()
    counts.invalid += int((~valid).sum())
    rows = chosen[valid]
    if rows.empty:
        report.skip(file, f"all {counted(len(chosen), 'row')} flagged as not valid")
        return None
    time = _ends(rows, zone, average, file, counts, report)
    value = pd.to_numeric(rows["value"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    value = value * _factors(rows, file, counts, report)
    point = without_country(rows["point"])
    named = rows["station"].astype(str).str.strip() if "station" in rows else point
    station = point.map(station_of).astype(object)
    station = station.where(station.notna(), named)
    counts.rows += len(rows)
    if "verification" in rows:
        counts.unverified += int((pd.to_numeric(rows["verification"], errors="coerce") != 1).sum())
    frame = pd.DataFrame({"station": station, "instrument": point, "time": time, "variable": rows["variable"]})
    return frame.assign(value=value)[time.notna()].reset_index(drop=True)


def _ends(rows: pd.DataFrame, zone: str, average: str, file: str, counts: _Counts, report: ReadReport) -> pd.Series:
    """Ends of the averaging periods in UTC; NaT where they are not valid."""
    start, offset = _times(rows["start"])
    end, _ = _times(rows["end"])
    step = _HOUR if average == "hour" else _DAY
    naive = offset.isna()
    invalid = start.isna() | (offset == "")
    if average == "hour":
        invalid |= (end - start) != step
    if invalid.any():
        report.damage(
            file, f"{counted(int(invalid.sum()), 'row')} without a valid period of one {average} between start and end"
        )
    if naive.any():
        counts.naive += int(naive.sum())
        counts.countries.update(
            rows.loc[naive, "point"].astype(str).str.extract(r"^([A-Z]{2})/", expand=False).dropna()
        )
    shift = pd.to_timedelta(offset.where(~naive & ~invalid, "00:00:00"))
    utc = start + step - shift
    if naive.any():
        # Days begin and end at local midnight; hours are of equal length and are converted first.
        local = start[naive] + (step if average == "day" else pd.Timedelta(0))
        there = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        lost = int((there.isna() & ~invalid[naive]).sum())
        if lost:
            report.damage(
                file, f"{counted(lost, 'row')} in hours that are skipped or repeated by clock changes in {zone}"
            )
        utc = utc.mask(naive, there.dt.tz_convert(None) + (step if average == "hour" else pd.Timedelta(0)))
    return utc.mask(invalid)


def _times(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Times as they are written (NaT where invalid), and their UTC offsets (``+01:00:00``; NaN without one, empty if invalid)."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        if column.dt.tz is not None:
            utc = column.dt.tz_convert("UTC").dt.tz_localize(None)
            return in_calendar(utc), pd.Series("00:00:00", column.index)
        return in_calendar(column), pd.Series(np.nan, column.index, dtype=object)
    text = column.astype(str).str.strip()
    plain = text.str.slice(0, 19).str.replace("T", " ")
    times = parse_dates(plain, "%Y-%m-%d %H:%M:%S")
    numbers, unique = pd.factorize(text.str.slice(19).str.strip())
    offsets = np.array([_offset(one) for one in unique], dtype=object)
    return times, pd.Series(offsets[numbers], column.index, dtype=object)


def _offset(text: str) -> str | float:
    if text == "":
        return np.nan
    if text in ("Z", "UTC"):
        return "00:00:00"
    sign, digits = text[0], text[1:].replace(":", "")
    if sign not in "+-" or not (digits.isdigit() and len(digits) == 4):
        return ""
    return f"{sign if sign == '-' else ''}{digits[:2]}:{digits[2:]}:00"


def _factors(rows: pd.DataFrame, file: str, counts: _Counts, report: ReadReport) -> np.ndarray:
    """Factors to the units of the package, shape ``[row]``; NaN where the units of a row are unknown."""
    temperature = CONVENTIONS["eea"].temperature or 20.0
    factors = np.full(len(rows), np.nan)
    kinds = (rows["variable"] + "\t" + rows["unit"].astype(str)).to_numpy()
    for kind in np.unique(kinds):
        variable, _, unit = str(kind).partition("\t")
        where = kinds == kind
        try:
            factor = conversion_factor(variable, unit, POLLUTANTS[variable].units, temperature=temperature)
        except InputError:
            report.damage(
                file, f"{counted(int(where.sum()), 'value')} of {variable} in unknown units {unit!r} left out"
            )
            continue
        if plain_units(unit).startswith("pp"):
            counts.conversions.add(f"{variable} was converted from {unit} at {temperature:g} °C and 1013.25 hPa.")
        else:
            counts.masses.add(variable)
        factors[where] = factor
    return factors


def _notes(counts: _Counts, time_zone: str | None, average: str) -> list[str]:
    notes = [f"times label the beginning of the averaging period; the end, in UTC, labels the {average}."]
    if counts.naive:
        notes.append(f"times without an offset are in {time_zone or 'UTC+1, all year'}.")
    if time_zone is None:
        notes += [text for country, text in _OTHER_ZONES.items() if country in counts.countries]
    notes += unconverted_note(counts.masses)
    notes += sorted(counts.conversions)
    if counts.invalid:
        notes.append(f"{counted(counts.invalid, 'value')} flagged as not valid (Validity 0 or less) left out.")
    if counts.unverified:
        notes.append(
            f"{counts.unverified:,} of {counted(counts.rows, 'value')} are not verified (Verification 2 or 3)."
        )
    for kind, counter in (("averages", counts.averages), ("pollutants", counts.pollutants)):
        if counter:
            named = ", ".join(name for name, _ in counter.most_common(5))
            notes.append(f"{counted(counter.total(), 'row')} with other {kind} ({named}) left out.")
    return notes


def _apart(points: pd.DataFrame, codes: pd.Index) -> int:
    """Number of stations with sampling points more than about one kilometer apart."""
    places = points[points["station"].isin(codes)].groupby("station")
    north = places["latitude"].max() - places["latitude"].min()
    east = (places["longitude"].max() - places["longitude"].min()) * np.cos(np.radians(places["latitude"].mean()))
    return int((np.hypot(north, east) * 111.2 > 1).sum())


def _column(column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    values = column.to_pandas()
    return (
        values
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
        else values.fillna("")
    )


def _as_utf8(data: bytes) -> bytes:
    """Text in UTF-16 or Latin-1, which older files are in, as UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").encode()
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4 and error.reason != "unexpected end of data":
            return data.decode("latin-1").encode()
    return data
