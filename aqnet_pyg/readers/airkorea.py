"""Reader of the network of Korea (AirKorea) and of the city of Seoul: long tables with the hours 1 to 24 in local time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.daily_means import check_resolution
from aqnet_pyg.readers.assembly.mass_units import gases_among, mass_factor, reference_state
from aqnet_pyg.readers.assembly.station_names import by_name
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.long_files import Loader, open_table
from aqnet_pyg.readers.files.national_encodings import decode_text
from aqnet_pyg.readers.files.number_columns import parse_numbers
from aqnet_pyg.readers.files.times import parse_dates
from aqnet_pyg.readers.files.xlsx import read_xlsx
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

_VALUES = {
    "so2": ("so2", "ppm"),
    "co": ("co", "ppm"),
    "o3": ("o3", "ppm"),
    "no2": ("no2", "ppm"),
    "pm10": ("pm10", "ug m-3"),
    "pm25": ("pm25", "ug m-3"),
    "pm2.5": ("pm25", "ug m-3"),
    "아황산가스": ("so2", "ppm"),
    "일산화탄소": ("co", "ppm"),
    # Files of Seoul call the column of carbon monoxide "carbon dioxide".
    "이산화탄소": ("co", "ppm"),
    "오존": ("o3", "ppm"),
    "이산화질소": ("no2", "ppm"),
    "미세먼지": ("pm10", "ug m-3"),
    "초미세먼지": ("pm25", "ug m-3"),
}
"""Pollutant and units by column name, in lower case, without the units and without the word for concentration."""

_CODE, _NAME, _TIME = "측정소코드", "측정소명", "측정일시"
_CITY = "지역"
_MISSING = (-99, -999, -9999)
_UTC_OFFSET = np.timedelta64(9, "h")


def read_airkorea(
    path: PathLike | Sequence[PathLike],
    stations: PathLike,
    *,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read the network of Korea (AirKorea, final data), or the files of the city of Seoul.

    Args:
        path: CSV (in EUC-KR or UTF-8) or spreadsheet (xlsx) file, folder or zip file of them, or several of these, with the
            columns 측정소코드 (code), 측정소명 (name), 측정일시 (time, such as 2021100124), SO2, CO, O3, NO2, PM10 and
            PM25; or the columns of Seoul, without a code and with names such as ``이산화질소농도(ppm)``.
        stations: Table (CSV) with code, ``longitude`` and ``latitude`` of each station. Stations of files without codes are found
            by their name, as code or ``name`` of the table.
        resolution: ``"day"`` to read daily means of Seoul, each at the hour in which its local day ends. Default: hourly means.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Hour 1 is that from 0 to 1 o'clock in local time (UTC+9), hour 24 ends at
        midnight. Gases are converted from ppm at 25 °C and 1013.25 hPa.

    Raises:
        InputError: If there is nothing to read, or no station of the files is in the table.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.(csv|xlsx)(\.gz)?", "*.csv or *.xlsx", report, exclude=[Path(stations)])
    table, several = by_name(read_station_table(stations))
    dataset = collect(
        _frames(members, resolution, report),
        report,
        time_zone="Asia/Seoul",
        source="AirKorea, final data, hourly",
        stations=table,
        resolution=resolution,
    )
    report.notes.append("times are the ends of the averaging hours in local time (UTC+9).")
    if gases := gases_among(dataset):
        report.notes.append(f"{gases} converted from ppm to mass concentration at {reference_state('airkorea')}.")
    if several:
        names = ", ".join(several[:5])
        report.notes.append(f"names of several stations in {Path(stations).name} identify none of them: {names}.")
    return dataset, report


@dataclass(frozen=True)
class _Columns:
    """Names of the columns, and name and units by pollutant."""

    time: str
    code: str | None
    name: str | None
    city: str | None
    values: dict[str, tuple[str, str]]

    @property
    def texts(self) -> list[str]:
        """Names of the columns of texts."""
        return [column for column in (self.time, self.code, self.name, self.city) if column is not None]

    @property
    def all(self) -> list[str]:
        """Names of all these columns."""
        return [*self.texts, *(column for column, _ in self.values.values())]


def _frames(
    members: Sequence[Member], resolution: str | None, report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        opened = _open(member, data, report)
        if opened is None:
            continue
        names, load = opened
        columns = _columns(names)
        if columns is None:
            report.skip(member.label, f"no columns {_TIME}, {_NAME} (or {_CODE}) and of a pollutant")
            continue
        rows = load(columns.all, columns.texts)
        frame = None if rows is None else _tidy(rows, columns, member.label, resolution, report)
        if frame is not None:
            yield member.label, frame


def _open(member: Member, data: bytes, report: ReadReport) -> tuple[list[str], Loader] | None:
    """Column names, and a function that reads columns; None if the file is no table, which is then recorded."""
    if not member.name.lower().removesuffix(".gz").endswith(".xlsx"):
        text = decode_text(data, "cp949", member.label, report)
        return None if text is None else open_table(member, text.encode(), report)
    rows = read_xlsx(data, member.label, report)
    if rows is None:
        return None
    start = next((number for number, row in enumerate(rows) if _TIME in (cell.strip() for cell in row)), 0)
    header = rows[start] if rows else []
    body = [row for row in rows[start + 1 :] if any(row)]

    def load(columns: Sequence[str], texts: Sequence[str]) -> pa.Table:
        places = [header.index(column) for column in columns]
        cells = [[row[place] if place < len(row) else "" for row in body] for place in places]
        return pa.table([pa.array(column, pa.string()) for column in cells], list(columns))

    return header, load


def _columns(names: Sequence[str]) -> _Columns | None:
    place = {name.strip(): name for name in reversed(names)}
    values: dict[str, tuple[str, str]] = {}
    for name in names:
        match = re.fullmatch(r"([^(]*)(?:\((.*)\))?", name.strip())
        plain, units = (match[1], match[2]) if match else (name, None)
        plain = re.sub(r"(?<!\d)1시간$", "", re.sub(r"\s|농도", "", plain.lower()))
        if plain in _VALUES:
            pollutant, usual = _VALUES[plain]
            values.setdefault(pollutant, (name, units or usual))
    if _TIME not in place or not {_CODE, _NAME} & set(place) or not values:
        return None
    return _Columns(place[_TIME], place.get(_CODE), place.get(_NAME), place.get(_CITY), values)


def _tidy(
    rows: pa.Table, columns: _Columns, file: str, resolution: str | None, report: ReadReport
) -> pd.DataFrame | None:
    times, daily = _ends(rows[columns.time])
    name = None if columns.name is None else _texts(rows[columns.name])
    code = name if columns.code is None else _texts(rows[columns.code])
    assert code is not None  # one of the two columns is there
    good = ~np.isnat(times) & (code != "")
    if not good.all():
        example = rows[columns.time].filter(pa.array(~good))[0].as_py()
        report.damage(
            file, f"{counted(int((~good).sum()), 'row')} without a valid time or station, such as {example!r}"
        )
    if not good.any():
        report.skip(file, "no rows")
        return None
    check_resolution(resolution, daily, file)
    shared = {"station": code[good], "time": times[good] - _UTC_OFFSET}
    if name is not None:
        shared["name"] = name[good]
    if columns.city is not None:
        shared["city"] = _texts(rows[columns.city])[good]
    parts = []
    for pollutant, (column, units) in columns.values.items():
        value = parse_numbers(rows[column], file, report)[good]
        value = np.where(np.isin(value, _MISSING), np.nan, value * mass_factor("airkorea", pollutant, units, file))
        parts.append(pd.DataFrame({**shared, "variable": pollutant, "value": value}))
    return pd.concat(parts, ignore_index=True)


def _texts(column: pa.ChunkedArray) -> np.ndarray:
    """Texts without blanks, and without the decimals of codes in spreadsheets, shape ``[row]``."""
    numbers, unique = pd.factorize(column.to_pandas().fillna(""))
    texts = pd.Series(unique, dtype=object).astype(str).str.strip().str.replace(r"\.0$", "", regex=True)
    return texts.to_numpy(object)[numbers]


def _ends(column: pa.ChunkedArray) -> tuple[np.ndarray, bool]:
    """Ends of the averaging periods in local time, shape ``[row]``, and whether these are days."""
    numbers, unique = pd.factorize(_texts(column))
    digits = pd.Series(unique, dtype=object).astype(str).str.replace(r"[^0-9]", "", regex=True)
    day = parse_dates(digits.str[:8], "%Y%m%d")
    daily = bool((digits.str.len() == 8).mean() > 0.5)
    if daily:
        ends = (day + pd.Timedelta(1, "D")).where(digits.str.len() == 8)
    else:
        hour = pd.to_numeric(digits.str[8:10], errors="coerce")
        ends = (day + pd.to_timedelta(hour, unit="h")).where(digits.str.fullmatch(r"\d{10}(00){0,2}") & (hour <= 24))
    return ends.to_numpy("datetime64[s]")[numbers], daily
