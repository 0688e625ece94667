"""Reader of OpenAQ: the public archive (daily files of each location) and the exports of its API and explorer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members
from aqnet_pyg.readers.files.text_columns import TextColumn, text_columns
from aqnet_pyg.readers.files.text_files import MISSING_VALUES
from aqnet_pyg.readers.files.times import NO_TIME, check_zone
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import counted

_NAMES = {
    "station": ("locationid", "locationsid"),
    "name": ("locationname", "location"),
    "instrument": ("sensorsid", "sensorid"),
    "time": ("datetimeutc", "datetime", "utc"),
    "parameter": ("parameter",),
    "value": ("value",),
    "units": ("unit", "units"),
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "mobile": ("ismobile",),
    "zone": ("timezone",),
}
"""Column names of the archive and of the exports, in lower case without underscores, by content."""

_REQUIRED = ("time", "parameter", "value", "units", "longitude", "latitude")

_UTC_BY_NAME = ("datetimeutc", "utc")
"""Columns whose times are UTC even without offset."""

_OFFSET = re.compile(r"[T ]\d\d:.*?(Z|[+-]\d\d:?\d\d)$")

_TRUE = ("true", "t", "1")

_MISSING = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0)
"""Codes of missing values that OpenAQ passes on from its sources."""

_MOBILE_POSITIONS = 3
"""Number of positions of a location in one file from which on it is mobile."""


def read_openaq(
    path: PathLike | Sequence[PathLike],
    *,
    time_zone: str | None = None,
    temperature: float = 25.0,
    resolution: str | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read files of OpenAQ.

    OpenAQ labels values by the end of their averaging period (https://docs.openaq.org/using-the-api/dates-datetimes). Times have
    a UTC offset, or are UTC.

    Args:
        path: CSV file, folder or zip file, or several of these: the public archive
            ``records/csv.gz/locationid=ID/year=YYYY/month=MM/location-ID-YYYYMMDD.csv.gz`` (``location_id``, ``sensors_id``,
            ``location``, ``datetime``, ``lat``, ``lon``, ``parameter``, ``units``, ``value``), or exports of the API and the
            explorer (``location_id``, ``location_name``, ``parameter``, ``value``, ``unit``, ``datetimeUtc``, ...), also those of
            versions 1 and 2.
        time_zone: IANA name of the local time zone, or an offset such as ``+05:30``, for local days. Default: the only time zone
            in the files (exports) or their only UTC offset (the archive); UTC if there are several.
        temperature: Temperature in °C at which mixing ratios (ppm, ppb) are converted to mass concentration, at 1013.25 hPa.
            Mass concentrations are kept as they are; their reference temperature is that of the source.
        resolution: ``day`` for locations that report daily means, which are otherwise refused.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. A location is a station, its sensors of one pollutant are instruments. Left out
        and counted: other parameters, the codes of missing values -1, -9, -99, -999, -9999 and -99999, and mobile locations
        (marked as such, or with three or more positions in a file).

    Raises:
        InputError: If there is nothing to read, or the time zone is unknown.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.csv(\.gz)?", "location-ID-YYYYMMDD.csv.gz or *.csv", report)
    left_out = _LeftOut()
    zone = "UTC" if time_zone is None else check_zone(time_zone)
    dataset = collect(
        _frames(members, temperature, left_out, report),
        report,
        time_zone=zone,
        source="OpenAQ (https://openaq.org)",
        resolution=resolution,
    )
    report.notes += left_out.notes(temperature)
    if time_zone is None:
        dataset.attrs["time_zone"] = left_out.local_zone(report)
    return dataset, report


@dataclass
class _LeftOut:
    """Rows left out and rules applied, over all files."""

    parameters: Counter[str] = field(default_factory=Counter)
    codes: Counter[float] = field(default_factory=Counter)
    mobile: Counter[str] = field(default_factory=Counter)
    converted: set[tuple[str, str]] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)
    offsets: set[str] = field(default_factory=set)

    def local_zone(self, report: ReadReport) -> str:
        """The only time zone or UTC offset of the files; otherwise UTC, which is recorded."""
        for names, kind in ((self.zones, "time zone"), (self.offsets, "UTC offset")):
            if len(names) == 1:
                return check_zone(*names)
            if names:
                report.notes.append(
                    f"the files have {counted(len(names), kind)}; local days are those of UTC, unless time_zone is given."
                )
                break
        return "UTC"

    def notes(self, temperature: float) -> list[str]:
        """One sentence for each rule."""
        notes = ["times label the end of the averaging period, as OpenAQ states."]
        if self.converted:
            units = ", ".join(f"{name} from {units}" for name, units in sorted(self.converted))
            notes.append(f"converted to mass concentration at {temperature:g} °C and 1013.25 hPa: {units}.")
        if self.parameters:
            counts = ", ".join(f"{name} {count:,}" for name, count in sorted(self.parameters.items()))
            notes.append(f"rows of other parameters left out: {counts}.")
        if self.codes:
            counts = ", ".join(f"{code:g} {count:,}" for code, count in sorted(self.codes.items()))
            notes.append(f"codes of missing values left out: {counts}.")
        if self.mobile:
            notes.append(
                f"{counted(self.mobile.total(), 'row')} of {counted(len(self.mobile), 'mobile location')} left out: "
                f"{', '.join(sorted(self.mobile)[:5])}{', ...' if len(self.mobile) > 5 else ''}."
            )
        return notes


def _frames(
    members: Sequence[Member], temperature: float, left_out: _LeftOut, report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, rows in text_columns(members, _columns, report):
        yield member.label, _tidy(rows, temperature, left_out, member.label, report)


def _columns(names: Sequence[str]) -> dict[str, str] | str:
    """Column names by content, or the fault."""
    plain = {_plain(name): name for name in reversed(names)}
    found = {key: [plain[name] for name in known if name in plain] for key, known in _NAMES.items()}
    columns = {key: matches[0] for key, matches in found.items() if matches}
    missing = [key for key in _REQUIRED if key not in columns]
    if missing or not {"station", "name"} & columns.keys():
        return f"not a file of OpenAQ: no column for {', '.join(missing) or 'the location'}"
    if _plain(columns["time"]) in _UTC_BY_NAME:
        columns["utc"] = columns.pop("time")
    return columns


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "")


def _tidy(
    rows: dict[str, TextColumn], temperature: float, left_out: _LeftOut, file: str, report: ReadReport
) -> pd.DataFrame:
    """Rows of pollutants at fixed locations."""
    parameters = rows["parameter"].map(str.lower, object)
    wanted = rows["parameter"].map(lambda text: text.lower() in POLLUTANTS, bool)
    left_out.parameters.update(text or "(empty)" for text in parameters[~wanted])
    rows, parameters = {key: column[wanted] for key, column in rows.items()}, parameters[wanted]

    station = rows["station" if "station" in rows else "name"].categories()
    longitude, latitude = rows["longitude"].numbers(), rows["latitude"].numbers()
    mobile = _mobile(station, longitude, latitude, rows.get("mobile"))
    left_out.mobile.update(station[mobile])
    if "zone" in rows:
        left_out.zones.update(set(rows["zone"].values()) - {""})
    times = rows["utc" if "utc" in rows else "time"]
    if "time" in rows:
        left_out.offsets.update(set(times.map(_offset, object)) - {""})

    seconds, values = times.utc_seconds(naive="utc" in rows), rows["value"].numbers()
    faults = {
        "without a location": rows["station" if "station" in rows else "name"].map(lambda text: not text, bool),
        "without valid coordinates": ~((np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)),
        "without a valid time with UTC offset": seconds == NO_TIME,
    }
    keep = ~mobile
    for fault, which in faults.items():
        _leave_out(which & keep, fault, file, report)
        keep &= ~which
    not_numeric = np.isnan(values) & rows["value"].map(lambda text: text not in MISSING_VALUES, bool)
    _leave_out(not_numeric & keep, "with a value that is not numeric", file, report)
    codes = np.isin(values, _MISSING) & keep
    left_out.codes.update(values[codes])
    values[codes] = np.nan
    values *= _factors(parameters, rows["units"], keep, temperature, left_out, file, report)
    frame = {
        "station": station,
        "time": np.where(keep, seconds, 0).astype("datetime64[s]"),
        "variable": pd.Categorical(parameters, categories=list(POLLUTANTS)),
        "value": values,
        "longitude": longitude,
        "latitude": latitude,
    }
    if "name" in rows:
        frame["name"] = rows["name"].categories()
    if "instrument" in rows:
        frame["instrument"] = rows["instrument"].categories()
    return pd.DataFrame(frame)[keep]


def _offset(time: str) -> str:
    """UTC offset of a time, empty if it has none."""
    found = _OFFSET.search(time)
    return "" if found is None else found[1].replace("Z", "+00:00")


def _leave_out(which: np.ndarray, fault: str, file: str, report: ReadReport) -> None:
    if which.any():
        report.damage(file, f"{counted(int(which.sum()), 'row')} {fault} left out")


def _mobile(
    station: pd.Categorical, longitude: np.ndarray, latitude: np.ndarray, marked: TextColumn | None
) -> np.ndarray:
    """Whether each row is of a mobile location."""
    codes = np.asarray(station.codes)
    mobile = np.zeros(len(codes), bool) if marked is None else marked.map(lambda text: text.lower() in _TRUE, bool)
    positions = {*zip(codes.tolist(), longitude.tolist(), latitude.tolist(), strict=True)}
    number = np.bincount([code for code, *_ in positions], minlength=len(station.categories))
    return mobile | (number >= _MOBILE_POSITIONS)[codes]


def _factors(
    parameters: np.ndarray,
    units: TextColumn,
    keep: np.ndarray,
    temperature: float,
    left_out: _LeftOut,
    file: str,
    report: ReadReport,
) -> np.ndarray:
    """Conversion factor of each row; NaN where the units are unknown."""
    given = units.values()
    factors = np.full(len(given), np.nan)
    for name, unit in sorted({*zip(parameters[keep], given[keep], strict=True)}):
        of_pair = keep & (parameters == name) & (given == unit)
        try:
            factors[of_pair] = conversion_factor(name, unit, POLLUTANTS[name].units, temperature=temperature)
        except InputError:
            _leave_out(of_pair, f"of {name} in unknown units {unit!r}", file, report)
            continue
        if plain_units(unit) in ("ppm", "ppb"):
            left_out.converted.add((name, plain_units(unit)))
    return factors
