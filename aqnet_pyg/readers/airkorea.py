"""Reader of the network of Korea (AirKorea) and of the city of Seoul: long tables with the hours 1 to 24 in local time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.collect import collect
from aqnet_pyg.readers.conventions import CONVENTIONS
from aqnet_pyg.readers.daily_means import check_resolution
from aqnet_pyg.readers.long_files import open_table
from aqnet_pyg.readers.national_encodings import decode_text
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.station_names import by_name
from aqnet_pyg.readers.station_tables import read_station_table
from aqnet_pyg.readers.text_files import MISSING_VALUES
from aqnet_pyg.readers.xlsx import read_xlsx
from aqnet_pyg.stations import POLLUTANTS
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
_MISSING = (*MISSING_VALUES, "-999", "-999.0", "-99", "-9999")
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
    temperature = CONVENTIONS["airkorea"].temperature
    report.notes.append(f"gases are converted from ppm to mass concentration at {temperature:g} °C and 1013.25 hPa.")
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
    def all(self) -> list[str]:
        """Names of all these columns."""
        others = [column for column in (self.code, self.name, self.city) if column is not None]
        return [self.time, *others, *(column for column, _ in self.values.values())]


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
        rows = load(columns.all)
        frame = None if rows is None else _tidy(rows, columns, member.label, resolution, report)
        if frame is not None:
            yield member.label, frame


def _open(
    member: Member, data: bytes, report: ReadReport
) -> tuple[list[str], Callable[[list[str]], pd.DataFrame | None]] | None:
    """Column names, and a function that reads columns as texts; None if the file is no table, which is then recorded."""
    if member.name.lower().removesuffix(".gz").endswith(".xlsx"):
        rows = read_xlsx(data, member.label, report)
        if rows is None:
            return None
        start = next((number for number, row in enumerate(rows) if _TIME in (cell.strip() for cell in row)), 0)
        header = rows[start] if rows else []
        body = [row[: len(header)] + [""] * (len(header) - len(row)) for row in rows[start + 1 :] if any(row)]
        sheet = pd.DataFrame(body, columns=header, dtype=object)
        sheet = sheet.loc[:, ~sheet.columns.duplicated()]
        return header, lambda columns: sheet[columns]
    text = decode_text(data, "cp949", member.label, report)
    opened = None if text is None else open_table(member, text.encode(), report)
    if opened is None:
        return None
    names, load = opened

    def load_texts(columns: list[str]) -> pd.DataFrame | None:
        table = load(columns, columns)
        return None if table is None else table.to_pandas().fillna("")

    return names, load_texts


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
    rows: pd.DataFrame, columns: _Columns, file: str, resolution: str | None, report: ReadReport
) -> pd.DataFrame | None:
    def texts(column: str) -> pd.Series:
        return rows[column].astype(str).str.strip()

    times, daily = _ends(texts(columns.time))
    name = None if columns.name is None else texts(columns.name)
    code = name if columns.code is None else texts(columns.code).str.replace(r"\.0$", "", regex=True)
    assert code is not None  # one of the two columns is there
    good = (times.notna() & (code != "")).to_numpy()
    if not good.all():
        example = rows.loc[~good, columns.time].iloc[0]
        report.damage(
            file, f"{counted(int((~good).sum()), 'row')} without a valid time or station, such as {example!r}"
        )
    if not good.any():
        report.skip(file, "no rows")
        return None
    check_resolution(resolution, daily, file)
    shared = {"station": code[good].to_numpy(object), "time": times[good].to_numpy("datetime64[s]") - _UTC_OFFSET}
    if name is not None:
        shared["name"] = name[good].to_numpy(object)
    if columns.city is not None:
        shared["city"] = texts(columns.city)[good].to_numpy(object)
    parts = []
    for pollutant, (column, units) in columns.values.items():
        value = _numbers(texts(column), file, report) * _factor(pollutant, units, file)
        parts.append(pd.DataFrame({**shared, "variable": pollutant, "value": value[good]}))
    return pd.concat(parts, ignore_index=True)


def _factor(pollutant: str, units: str, file: str) -> float:
    temperature = CONVENTIONS["airkorea"].temperature or 25.0
    try:
        return conversion_factor(pollutant, units, POLLUTANTS[pollutant].units, temperature=temperature)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _ends(texts: pd.Series) -> tuple[pd.Series, bool]:
    """Ends of the averaging periods in local time, and whether these are days."""
    digits = texts.str.replace(r"\.0$", "", regex=True).str.replace(r"[^0-9]", "", regex=True)
    unique = digits.drop_duplicates()
    day = pd.to_datetime(unique.str[:8], format="%Y%m%d", errors="coerce")
    daily = bool((unique.str.len() == 8).mean() > 0.5)
    if daily:
        ends = (day + pd.Timedelta(1, "D")).where(unique.str.len() == 8)
    else:
        hour = pd.to_numeric(unique.str[8:10], errors="coerce")
        full = unique.str.fullmatch(r"\d{10}(00){0,2}") & (hour <= 24)
        ends = (day + pd.to_timedelta(hour, unit="h")).where(full)
    return digits.map(pd.Series(ends.to_numpy(), unique.to_numpy())), daily


def _numbers(texts: pd.Series, file: str, report: ReadReport) -> np.ndarray:
    numbers = pd.to_numeric(texts.mask(texts.isin(_MISSING)), errors="coerce")
    invalid = (numbers.isna() & ~texts.isin(_MISSING)).to_numpy()
    if invalid.any():
        report.damage(file, f"{counted(int(invalid.sum()), 'value')} not numeric, such as {texts[invalid].iloc[0]!r}")
    return numbers.to_numpy(np.float64, na_value=np.nan)
