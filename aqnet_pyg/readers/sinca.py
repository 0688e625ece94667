"""Reader of the network of Chile (SINCA): one file per station and pollutant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
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
from aqnet_pyg.readers.files.times import check_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_POLLUTANTS = {
    **dict.fromkeys(("pm25", "pm2.5", "pm2,5", "mp25", "mp2.5", "mp2,5"), "pm25"),
    **dict.fromkeys(("pm10", "mp10"), "pm10"),
    **dict.fromkeys(("so2", "0001"), "so2"),
    **dict.fromkeys(("no2", "0003"), "no2"),
    **dict.fromkeys(("co", "0004"), "co"),
    **dict.fromkeys(("o3", "0008"), "o3"),
}
"""Pollutants by the names that occur in file names, and by the codes of the archive."""

_UNITS = {"pm25": "ug m-3", "pm10": "ug m-3", "so2": "ug m-3", "no2": "ppb", "o3": "ppb"}
"""Units of the archive. Those of carbon monoxide differ between its documents."""

_RECORDS = ("validated", "preliminary", "not validated")
"""Kinds of the three columns of values, which exclude each other."""

_NAMES = "|".join(map(re.escape, _POLLUTANTS))
_FILE_NAME = re.compile(rf"(?:sinca[ _-]+)?(?:(.+)[ _-]+)?({_NAMES})(?:[ _.-].*)?\.csv(?:\.gz)?", re.IGNORECASE)
_HEADER = re.compile(r"\"?FECHA(?: \(YYMMDD\))?\"?;\"?HORA(?: \(HHMM\))?\"?;", re.IGNORECASE)
_LINE = r"^\s*(\d{6})\s*;\s*(\d{1,4})\s*;([^;]*);([^;]*);([^;]*);?\s*$"


def read_sinca(
    path: PathLike | Sequence[PathLike],
    stations: PathLike,
    *,
    station: str | None = None,
    pollutant: str | None = None,
    units: Mapping[str, str] | None = None,
    time_zone: str = "-04:00",
    validated: bool = False,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read the network of Chile (SINCA, Ministerio del Medio Ambiente).

    Args:
        path: CSV file as exported by SINCA, folder or zip file of them, or several of these. Each has one pollutant at one
            station, which its name gives: ``D14_PM25.csv`` or ``D14_0003_2023.csv`` (codes of the archive are recognized as
            pollutants), or ``PM25.csv`` in the folder ``D14``.
        stations: Table (CSV) with code, ``longitude`` and ``latitude`` of each station. Stations of the files are found by code
            or ``name``.
        station: Code of the station, if the names of the files do not give it.
        pollutant: ``pm25``, ``pm10``, ``so2``, ``no2``, ``o3`` or ``co``, if the names of the files do not give it.
        units: Units by pollutant. Default: µg/m³ for PM2.5, PM10 and SO2, ppb for NO2 and O3. Those of CO have to be given, since
            the archive has published it in ppb and in ppm.
        time_zone: Fixed offset such as ``-04:00``, or IANA name, of the times. The files do not give it, nor do they skip or
            repeat hours; default: the standard time of Chile all year.
        validated: Read only values that the archive has validated. Default: of validated, preliminary and not validated values,
            the one that is there.
        resolution: ``"day"`` to read daily means, each at the hour in which its local day ends. Default: hourly means.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Times are the ends of the averaging hours. Gases are converted from mixing
        ratios at 25 °C and 1013.25 hPa, the conditions of the Chilean standards.

    Raises:
        InputError: If there is nothing to read, station or pollutant of a file are unknown, units of CO are missing, or no
            station of the files is in the table.
    """
    if pollutant is not None and pollutant not in POLLUTANTS:
        raise InputError(f"pollutant: {pollutant!r} is unknown; use one of {', '.join(POLLUTANTS)}.")
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.csv(\.gz)?", "*.csv", report, exclude=[Path(stations)])
    table, _ = by_name(read_station_table(stations))
    options = _Options(station, pollutant, _UNITS | dict(units or {}), check_zone(time_zone), validated, resolution)
    counts: Counter[str] = Counter()
    dataset = collect(
        _frames(members, options, counts, report),
        report,
        time_zone="America/Santiago",
        source="SINCA, Ministerio del Medio Ambiente, Chile",
        stations=table,
        resolution=resolution,
    )
    report.notes.append(
        f"times are the ends of the averaging periods, at {time_zone}; the files do not give their zone (option time_zone)."
    )
    report.notes.append(f"values: {', '.join(f'{count:,} {kind}' for kind, count in counts.items() if count)}.")
    for name in dataset.data_vars:
        if str(options.units.get(str(name), "")).startswith("pp"):
            report.notes.append(f"{name} is converted from {options.units[str(name)]} at {reference_state('sinca')}.")
    return dataset, report


@dataclass(frozen=True)
class _Options:
    """Options of the reader, with the units of all pollutants."""

    station: str | None
    pollutant: str | None
    units: Mapping[str, str]
    time_zone: str
    validated: bool
    resolution: str | None


def _frames(
    members: Sequence[Member], options: _Options, counts: Counter[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, data in read_members(members, report):
        text = decode_text(data, "latin-1", member.label, report)
        if text is None:
            continue
        text = text.replace('"', "")  # quotes, which the archive does not need
        if not _HEADER.match(text):
            report.skip(member.label, "the first line is not 'FECHA (YYMMDD);HORA (HHMM);' and three columns of values")
            continue
        station, pollutant = _station_and_pollutant(member, options)
        if not station or not pollutant:
            missing = "pollutant" if not pollutant else "station"
            report.skip(
                member.label, f"no {missing} in the file name; rename it, as in D14_PM25.csv, or give {missing}="
            )
            continue
        frame = _tidy(text, pollutant, options, member.label, counts, report)
        if frame is not None:
            frame["station"], frame["variable"] = station, pollutant
            yield member.label, frame


def _station_and_pollutant(member: Member, options: _Options) -> tuple[str, str]:
    """Station and pollutant of a file, empty where they are unknown."""
    station, pollutant = options.station or "", options.pollutant or ""
    match = _FILE_NAME.fullmatch(member.name)
    if match:
        pollutant = pollutant or _POLLUTANTS[match[2].lower()]
        path = PurePosixPath(member.inner[-1].replace("\\", "/")) if member.inner else member.container
        station = station or match[1] or path.parent.name
    return station, pollutant


def _tidy(
    text: str, pollutant: str, options: _Options, file: str, counts: Counter[str], report: ReadReport
) -> pd.DataFrame | None:
    lines = pd.Series([line for line in text.splitlines()[1:] if line.strip(" ;")], dtype=object)
    if lines.empty:
        report.skip(file, "no rows")
        return None
    fields = lines.str.extract(_LINE)
    day = pd.to_datetime(fields[0], format="%y%m%d", errors="coerce")
    clock = pd.to_numeric(fields[1], errors="coerce")
    good = day.notna() & (clock <= 2400) & (clock % 100 == 0)
    if not good.all():
        report.damage(
            file, f"{counted(int((~good).sum()), 'line')} left out, such as {str(lines[~good].iloc[0])[:40]!r}"
        )
    if not good.any():
        report.skip(file, "no valid lines")
        return None
    fields, day, clock = fields[good], day[good], clock[good]
    daily = bool((clock == 0).all())
    check_resolution(options.resolution, daily, file)
    local = day + pd.to_timedelta(24 if daily else clock // 100, unit="h")
    zoned = local.dt.tz_localize(options.time_zone, ambiguous="NaT", nonexistent="NaT")
    lost = zoned.isna().to_numpy()
    if lost.any():
        rows = counted(int(lost.sum()), "row")
        report.damage(file, f"{rows} in hours that are skipped or repeated by clock changes in {options.time_zone}")
    values = _values(fields, options.validated, file, counts, report) * _factor(pollutant, options.units, file)
    frame = pd.DataFrame({"time": zoned.dt.tz_convert(None), "value": values})
    return frame[~lost].reset_index(drop=True)


def _values(fields: pd.DataFrame, validated: bool, file: str, counts: Counter[str], report: ReadReport) -> np.ndarray:
    """The first of the validated, preliminary and not validated value of each row that is there, shape ``[row]``."""
    result = np.full(len(fields), np.nan)
    several = 0
    for kind, column in zip(_RECORDS, (2, 3, 4), strict=True):
        texts = fields[column].str.strip().replace("S/I", "")  # sin información
        numbers = parse_numbers(texts.str.replace(",", ".", regex=False), file, report)
        present = ~np.isnan(numbers)
        several += int((present & ~np.isnan(result)).sum())
        used = present & np.isnan(result)
        if validated and kind != "validated":
            counts[f"{kind} left out"] += int(used.sum())
            continue
        counts[kind] += int(used.sum())
        result[used] = numbers[used]
    if several:
        report.damage(file, f"{counted(several, 'row')} with values in several columns; the first one is used")
    return result


def _factor(pollutant: str, units: Mapping[str, str], file: str) -> float:
    if pollutant not in units:
        raise InputError(
            f"{file}: units of {pollutant} are not the same in all documents of the archive; give them, as in "
            f"units={{{pollutant}: ppm}}."
        )
    return mass_factor("sinca", pollutant, units[pollutant], "units")
