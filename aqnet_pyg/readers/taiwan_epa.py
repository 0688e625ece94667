"""Reader of the network of Taiwan (Environmental Protection Administration, now Ministry of Environment): 24 hours in a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.mass_units import gases_among, mass_factor, reference_state
from aqnet_pyg.readers.assembly.station_names import by_name
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.long_files import open_table
from aqnet_pyg.readers.files.national_encodings import decode_text
from aqnet_pyg.readers.files.times import parse_dates
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

_ITEMS = {
    "PM2.5": ("pm25", "ug m-3"),
    "PM10": ("pm10", "ug m-3"),
    "SO2": ("so2", "ppb"),
    "NO2": ("no2", "ppb"),
    "O3": ("o3", "ppb"),
    "CO": ("co", "ppm"),
}
"""Pollutant and units by item of the archive."""

_NAMES = {
    "date": ("日期", "監測日期", "date", "monitordate"),
    "station": ("測站", "測站名稱", "station", "sitename"),
    "item": ("測項", "測項簡稱", "item", "itemengname"),
    "units": ("itemunit", "測項單位"),
}
"""Column names, in lower case."""

_HOUR = re.compile(r"(?:monitorvalue)?(\d{1,2})(?:時)?")
_DATE = r"^\s*(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?\s*$"
_MARKS = {
    "#": "invalid by the check of the instrument",
    "*": "invalid by the check of the program",
    "x": "invalid by manual check",
    "A": "invalid by an alarm of the instrument",
}
"""Marks of invalid values, behind a number or in its place."""

_UTC_OFFSET = np.timedelta64(8, "h")
_HOUR_LENGTH = np.timedelta64(1, "h")


def read_taiwan_epa(
    path: PathLike | Sequence[PathLike], stations: PathLike, *, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read the air-quality network of Taiwan (Ministry of Environment, formerly EPA).

    Args:
        path: CSV file, folder or zip file of them, or several of these, in Big5 or UTF-8: the yearly files of the network and the
            data sets of the open-data platform, with a date, a station, an item (``PM2.5``, ``SO2``, ...) and 24 hours in a row.
            The spreadsheets of some years (ODS, XLS) have to be saved as CSV.
        stations: Table (CSV) with the ``longitude`` and ``latitude`` of each station, and its name in the files (such as 豐原) as
            ``name`` or as code.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. The first of the 24 hours is that from 0 to 1 o'clock, also in files that number
        them from 1 to 24. Gases are converted from ppb (CO from ppm) at 25 °C and 1013.25 hPa. Values with the marks ``#``,
        ``*``, ``x`` and ``A`` are invalid and left out.

    Raises:
        InputError: If there is nothing to read, or no station of the files is in the table.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.csv(\.gz)?", "*.csv", report, exclude=[Path(stations)])
    table, _ = by_name(read_station_table(stations))
    marks: Counter[str] = Counter()
    dataset = collect(
        _frames(members, marks, report),
        report,
        time_zone="Asia/Taipei",
        source="air-quality network of Taiwan, hourly",
        stations=table,
    )
    report.notes.append("hours are numbered from 0 to 1 o'clock in local time (UTC+8), each labeled by its beginning.")
    if gases := gases_among(dataset):
        report.notes.append(
            f"{gases} converted from ppb (CO from ppm) to mass concentration at {reference_state('taiwan_epa')}."
        )
    if marks:
        counts = ", ".join(
            f"{counted(marks[mark], 'value')} with {mark!r} ({_MARKS[mark]})" for mark in _MARKS if marks[mark]
        )
        report.notes.append(f"invalid values left out: {counts}.")
    return dataset, report


def _frames(members: Sequence[Member], marks: Counter[str], report: ReadReport) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        text = decode_text(data, "cp950", member.label, report)
        if text is None:
            continue
        opened = open_table(member, text.encode(), report)
        if opened is None:
            continue
        names, load = opened
        columns = _columns(names)
        if isinstance(columns, str):
            report.skip(member.label, columns)
            continue
        rows = load(columns.all, columns.all)
        frame = None if rows is None else _tidy(rows.to_pandas().fillna(""), columns, member.label, marks, report)
        if frame is not None:
            yield member.label, frame


@dataclass(frozen=True)
class _Columns:
    """Columns of a file by content, and the columns of the 24 hours in their order."""

    date: str
    station: str
    item: str
    units: str | None
    hours: list[str]

    @property
    def all(self) -> list[str]:
        """Names of all these columns."""
        return [self.date, self.station, self.item, *([self.units] if self.units else []), *self.hours]


def _columns(names: Sequence[str]) -> _Columns | str:
    """The columns, or the fault."""
    lower = {name.strip().strip('"').lower(): name for name in reversed(names)}
    found = {key: next((lower[name] for name in known if name in lower), None) for key, known in _NAMES.items()}
    missing = [key for key in ("date", "station", "item") if found[key] is None]
    if missing:
        return f"no column for {', '.join(missing)} among {', '.join(map(str, names[:6]))}"
    numbers = {int(match[1]): name for label, name in lower.items() if (match := _HOUR.fullmatch(label))}
    if sorted(numbers) not in (list(range(24)), list(range(1, 25))):
        return f"{len(numbers)} columns of hours instead of 0 to 23 or 1 to 24"
    return _Columns(
        str(found["date"]),
        str(found["station"]),
        str(found["item"]),
        found["units"],
        [numbers[number] for number in sorted(numbers)],
    )


def _tidy(
    rows: pd.DataFrame, columns: _Columns, file: str, marks: Counter[str], report: ReadReport
) -> pd.DataFrame | None:
    item = rows[columns.item].str.strip()
    rows, item = rows[item.isin(_ITEMS)], item[item.isin(_ITEMS)]
    parts = rows[columns.date].str.extract(_DATE)
    dates = parse_dates(parts[0] + "-" + parts[1] + "-" + parts[2], "%Y-%m-%d")
    station = rows[columns.station].str.strip()
    good = dates.notna() & (station != "")
    if not good.all():
        example = rows.loc[~good, columns.date].iloc[0]
        report.damage(
            file, f"{counted(int((~good).sum()), 'row')} without a valid date or station, such as {example!r}"
        )
    if not good.any():
        report.skip(file, f"no rows of {', '.join(_ITEMS)}")
        return None
    rows, item, dates, station = rows[good], item[good], dates[good], station[good]
    factors = _factors(rows, item, columns.units, file)
    texts = rows[columns.hours].to_numpy(dtype=object).astype(str)
    values = _values(texts, file, marks, report) * factors[:, None]
    hours = np.arange(1, 25) * _HOUR_LENGTH - _UTC_OFFSET
    return pd.DataFrame(
        {
            "station": np.repeat(station.to_numpy(object), 24),
            "time": (dates.to_numpy("datetime64[s]")[:, None] + hours).ravel(),
            "variable": np.repeat(
                item.map({name: pollutant for name, (pollutant, _) in _ITEMS.items()}).to_numpy(object), 24
            ),
            "value": values.ravel(),
        }
    )


def _factors(rows: pd.DataFrame, item: pd.Series, units: str | None, file: str) -> np.ndarray:
    """Conversion factors to the units of :data:`POLLUTANTS`, shape ``[row]``."""
    given = item.map({name: usual for name, (_, usual) in _ITEMS.items()})
    if units is not None:
        stated = rows[units].str.strip()
        given = given.where(stated == "", stated)
    pairs = list(zip(item, given, strict=True))
    factors = {(name, text): mass_factor("taiwan_epa", _ITEMS[name][0], text, file) for name, text in set(pairs)}
    return np.array([factors[pair] for pair in pairs])


def _values(texts: np.ndarray, file: str, marks: Counter[str], report: ReadReport) -> np.ndarray:
    """Numbers of the texts, NaN where missing or marked as invalid, shape ``[row, hour]``."""
    flat = pd.Series(texts.ravel()).str.strip()
    numbers = pd.to_numeric(flat, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    others = flat[np.isnan(numbers)]
    others = others[~others.isin(["", "NA", "ND", "NaN", "nan"])]
    mark = others.str.extract(r"^(?:-?[\d.]*|NA|NR)\s*([#*xXA])$")[0].replace("X", "x")
    marks.update(mark.dropna())
    unknown = others[mark.isna() & (others != "NR")]
    if len(unknown):
        report.damage(file, f"{counted(len(unknown), 'value')} not numeric, such as {unknown.iloc[0]!r}")
    return numbers.reshape(texts.shape)
