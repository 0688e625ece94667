"""Reader of PurpleAir: downloads of the history of sensors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members, read_members
from aqnet_pyg.readers.files.long_files import open_table
from aqnet_pyg.readers.files.text_columns import TextColumn
from aqnet_pyg.readers.files.times import NO_TIME
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import HUMIDITY, SENSOR
from aqnet_pyg.text import counted

_ESTIMATES = ("atm", "cf_1", "alt")
_SENSOR = re.compile(r"(?:(?:purpleair|sensor|index)[ _-]*)+(\d+)(?=[ _.-])|(\d+)(?=[ _.])", re.I)
"""Index of a sensor at the beginning of a file name; a number that continues with a hyphen is a year."""

_AVERAGE = re.compile(r"(\d+)[ _-]?Minute[ _-]Average", re.I)
_REAL_TIME = 300
"""Seconds between rows up to which they are readings of two minutes rather than averages."""

_LONGEST = 3600
"""Longest averaging period that is read, in seconds."""

_EMPTY = ("", "nan", "null", "none", "na")
"""Texts in place of a missing value, in lower case."""

_FEET = 0.3048
"""Meters."""

_DIFFERENCE = 5.0
_SHARE = 0.61
"""Channels disagree if they differ by both, in µg/m³ and as a share of their mean (Barkjohn et al. 2021)."""


@dataclass(frozen=True)
class _Options:
    estimate: str
    correction: bool
    hour_label: str
    average: int | None


def read_purpleair(
    path: PathLike | Sequence[PathLike],
    stations: PathLike,
    *,
    column: str = "pm2.5_atm",
    correction: Literal["none", "barkjohn"] = "none",
    hour_label: Literal["beginning", "ending"] = "beginning",
    average: int | None = None,
    strict: bool = False,
) -> tuple[xr.Dataset, ReadReport]:
    """Read downloads of the history of PurpleAir sensors (from the API or the Data Download Tool).

    Times are in seconds since 1970, or by ISO 8601 with a UTC offset; without offset they are UTC. Where a file has both channels
    and their mean, the channels are used.

    Args:
        path: CSV file, folder or zip file, or several of these, with ``time_stamp``, the columns of ``column`` (with or without
            ``_a`` and ``_b`` for the channels), ``humidity`` for the correction, and ``sensor_index``; without the last, the file
            name begins with the index, as in ``1234 2023-01-01 2023-12-31 60-Minute Average.csv``.
        stations: Table (CSV) of the sensors, with ``sensor_index`` (or a code), ``latitude`` and ``longitude`` in degrees, and
            perhaps ``altitude`` in feet, as the API returns them, or ``elevation`` in meters.
        column: Estimate of PM2.5: ``pm2.5_atm`` (PurpleAir's choice outdoors), ``pm2.5_cf_1`` or ``pm2.5_alt``. PM10 is read from
            ``pm10.0_atm`` or ``pm10.0_cf_1``; there is none with ``pm2.5_alt``.
        correction: ``none``, or ``barkjohn`` for the correction of the US EPA, 0.524 PM2.5 - 0.0862 RH + 5.75, with
            ``pm2.5_cf_1`` and the relative humidity RH of the sensor in %. It was fitted to daily means in the United States.
            Values below 0 become 0.
        hour_label: Whether the time of an average is its beginning or its end. PurpleAir does not state it; a request returns
            times from its start to before its end, and the data of this period, so that averages are labeled by their beginning.
            Readings of two minutes always have the time at which they arrived.
        average: Averaging period in minutes, as in the request; default from the file name or the times in a file.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC) of instruments of the class ``sensor``, and the read report. Values are the mean of the channels A and
        B. Where a channel is missing, or the channels differ by at least 5 µg/m³ and 61 % of their mean, the value is left out,
        and counted. The column ``humidity``, where there is one, is the variable ``relative_humidity`` in %, that of the air in
        the case of the sensor; values outside 0 to 100 are missing.

    Raises:
        InputError: If there is nothing to read, no sensor is in the table, or an option is invalid.

    References:
        Barkjohn, Gantt and Clements (2021), https://doi.org/10.5194/amt-14-4617-2021.
    """
    estimate = column.removeprefix("pm2.5_")
    if column not in [f"pm2.5_{name}" for name in _ESTIMATES]:
        raise InputError(
            f"column: {column!r} is no estimate of PM2.5; use pm2.5_atm, pm2.5_cf_1 or pm2.5_alt, without the channel."
        )
    if correction not in ("none", "barkjohn"):
        raise InputError(f"correction: {correction!r} is unknown; use none or barkjohn.")
    if correction == "barkjohn" and estimate != "cf_1":
        raise InputError("column: the correction barkjohn applies to pm2.5_cf_1; give column='pm2.5_cf_1'.")
    if hour_label not in ("beginning", "ending"):
        raise InputError(f"hour_label: {hour_label!r} is unknown; use beginning or ending.")
    if average is not None and not 0 <= average <= 60:
        raise InputError(f"average: {average} minutes cannot be read; download averages of 60 minutes or less.")
    report = ReadReport(str(path), strict)
    members = find_members(path, r".*\.csv(\.gz)?", "*.csv", report, exclude=[Path(stations)])
    table = _stations(stations, report).assign(instrument_class=SENSOR)
    options = _Options(estimate, correction == "barkjohn", hour_label, average)
    counts: Counter[str] = Counter()
    dataset = collect(
        _frames(members, options, counts, report),
        report,
        time_zone="UTC",
        source="PurpleAir (https://www2.purpleair.com), low-cost sensors",
        stations=table,
    )
    report.notes += _notes(options, counts)
    if HUMIDITY in dataset:
        dataset[HUMIDITY].attrs = {
            "standard_name": "relative_humidity",
            "long_name": "relative humidity in the case of the sensor",
            "units": "%",
        }
    return dataset, report


def _notes(options: _Options, counts: Counter[str]) -> list[str]:
    notes = [f"PM2.5 is {'corrected ' if options.correction else ''}pm2.5_{options.estimate} of low-cost sensors."]
    if options.correction:
        below = f"; {counted(counts['negative'], 'value')} below 0 set to 0" if counts["negative"] else ""
        notes.append(
            f"corrected to 0.524 PM2.5 - 0.0862 humidity + 5.75 (Barkjohn et al. 2021, doi:10.5194/amt-14-4617-2021){below}."
        )
    if counts["averages"] and options.hour_label == "beginning":
        notes.append("times of averages label their beginning, inferred from the API, as PurpleAir does not state it.")
    elif counts["averages"]:
        notes.append("times of averages label their end.")
    if counts["real-time"]:
        notes.append("times of readings of two minutes label their end.")
    if counts["disagree"] or counts["one"]:
        notes.append(
            f"left out: {counted(counts['disagree'], 'value')} where the channels A and B differ by at least 5 µg/m³ and 61 %, "
            f"{counted(counts['one'], 'value')} with one channel only."
        )
    if counts["unchecked"]:
        notes.append(
            f"{counted(counts['unchecked'], 'file')} without the columns of both channels, whose agreement is not checked."
        )
    if counts["humid"]:
        notes.append("humidity is read as relative_humidity, as measured in the case of the sensor.")
    if counts["humidity"]:
        notes.append(
            f"left out: {counted(counts['humidity'], 'value')} without a humidity from 0 to 100 %, which the correction needs."
        )
    return notes


def _stations(path: PathLike, report: ReadReport) -> pd.DataFrame:
    """The table of sensors; altitudes of the API are in feet."""
    table = read_station_table(path)
    names = Path(path).read_bytes().splitlines()[0].decode("utf-8-sig", errors="replace").lower()
    if "elevation" in table and re.search(r"\baltitude\b", names) and "elevation" not in names:
        table["elevation"] *= _FEET
        report.notes.append("altitudes of the sensors are converted from feet to meters.")
    return table


def _frames(
    members: Sequence[Member], options: _Options, counts: Counter[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    waiting: list[tuple[Member, pa.Table, str | None]] = []
    periods: Counter[int] = Counter()
    for member, data in read_members(members, report):
        opened = open_table(member, data, report)
        if opened is None:
            continue
        names, load = opened
        index = _SENSOR.match(member.name)
        fault = _fault(names, options, index is not None)
        if fault:
            report.skip(member.label, fault)
            continue
        wanted = [name for name in names if name in _used(options)]
        table = load(wanted, wanted)
        if table is None:
            continue
        sensor = index and (index[1] or index[2])
        if pc.count_distinct(table["time_stamp"]).as_py() < 2:
            waiting.append((member, table, sensor))  # the other files tell the averaging period
        elif (frame := _tidy(table, sensor, member, options, periods, counts, report)) is not None:
            yield member.label, frame
    for member, table, sensor in waiting:
        if (frame := _tidy(table, sensor, member, options, periods, counts, report)) is not None:
            yield member.label, frame


def _used(options: _Options) -> list[str]:
    """Names of all columns that can be used."""
    bases = [f"pm2.5_{options.estimate}", f"pm10.0_{options.estimate}"]
    channels = [base + channel for base in bases for channel in ("", "_a", "_b")]
    return ["time_stamp", "sensor_index", *channels, "humidity"]


def _fault(names: Sequence[str], options: _Options, has_index: bool) -> str:
    """Reason why a file cannot be read, or an empty text."""
    if "time_stamp" not in names:
        return "not a download of the history of PurpleAir: no column time_stamp"
    if "sensor_index" not in names and not has_index:
        return "no column sensor_index, and the file name does not begin with the index of the sensor"
    base = f"pm2.5_{options.estimate}"
    if not {base, f"{base}_a", f"{base}_b"} & set(names):
        return f"no column {base} (or its channels _a and _b) among {', '.join(names[:8])}"
    if options.correction and "humidity" not in names:
        return "no column humidity, which the correction needs"
    return ""


def _tidy(
    table: pa.Table,
    index: str | None,
    member: Member,
    options: _Options,
    periods: Counter[int],
    counts: Counter[str],
    report: ReadReport,
) -> pd.DataFrame | None:
    """Rows of a file, whose averaging period is added to ``periods``; None if it is recorded as skipped."""
    columns = {name: TextColumn.of(table[name]) for name in table.column_names}
    if "sensor_index" not in columns:
        columns["sensor_index"] = TextColumn([index or ""], np.zeros(table.num_rows, np.int64))
    seconds = columns.pop("time_stamp").utc_seconds(naive=True, epoch=True)
    valid = (seconds != NO_TIME) & columns["sensor_index"].map(bool, bool)
    if not valid.all():
        number = int((~valid).sum())
        report.damage(member.label, f"{counted(number, 'row')} without a valid time or a sensor left out")
    if not valid.any():
        report.skip(member.label, "no rows")
        return None
    columns, seconds = {name: column[valid] for name, column in columns.items()}, seconds[valid]
    sensors = columns.pop("sensor_index").categories()
    period = _period(sensors, seconds, member.name, options)
    if period is None and periods:
        period = periods.most_common(1)[0][0]
        report.notes.append(
            f"{member.label}: one time only; averages of {period / 60:g} minutes as in most other files."
        )
    if period is None or period > _LONGEST:
        text = "unknown averaging period" if period is None else f"averages of {period / 3600:g} hours"
        advice = "give average=MINUTES" if period is None else "download averages of 60 minutes or less"
        report.skip(member.label, f"{text}; {advice}")
        return None
    periods[period] += 1
    counts["averages" if period > _REAL_TIME else "real-time"] += 1
    if period > _REAL_TIME and options.hour_label == "beginning":
        seconds = seconds + period
    numbers = {name: _numbers(column, member.label, report) for name, column in columns.items()}
    frame = pd.DataFrame({"station": sensors, "time": seconds.astype("datetime64[s]")})
    parts = [frame.assign(variable=name, value=value) for name, value in _values(numbers, options, counts).items()]
    return pd.concat(parts, ignore_index=True)


def _period(sensors: pd.Categorical, seconds: np.ndarray, file: str, options: _Options) -> int | None:
    """Averaging period in seconds, 0 for readings of two minutes; None if it cannot be determined."""
    if options.average is not None:
        return options.average * 60
    if match := _AVERAGE.search(file):
        return int(match[1]) * 60
    order = np.lexsort((seconds, sensors.codes))
    steps = np.diff(seconds[order])[np.diff(np.asarray(sensors.codes)[order]) == 0]
    steps = steps[steps > 0]
    return int(np.median(steps)) if steps.size else None


def _numbers(column: TextColumn, file: str, report: ReadReport) -> np.ndarray:
    numbers = column.numbers()
    wrong = np.isnan(numbers) & column.map(lambda text: text.lower() not in _EMPTY, bool)
    if wrong.any():
        example = column.values()[wrong][0]
        report.damage(file, f"{counted(int(wrong.sum()), 'value')} not numeric, such as {example!r}")
    return numbers


def _values(numbers: dict[str, np.ndarray], options: _Options, counts: Counter[str]) -> dict[str, np.ndarray]:
    """Values by pollutant, and the relative humidity."""
    values = {}
    for variable, prefix in (("pm25", "pm2.5_"), ("pm10", "pm10.0_")):
        mean = _mean_of_channels(numbers, prefix + options.estimate, variable, counts)
        if mean is not None:
            values[variable] = mean
    if "humidity" not in numbers:
        return values
    humidity = np.where((numbers["humidity"] >= 0) & (numbers["humidity"] <= 100), numbers["humidity"], np.nan)
    if np.isfinite(humidity).any():
        values[HUMIDITY] = humidity
        counts["humid"] += 1
    if options.correction:
        counts["humidity"] += int((~np.isnan(values["pm25"]) & np.isnan(humidity)).sum())
        corrected = 0.524 * values["pm25"] - 0.0862 * humidity + 5.75
        counts["negative"] += int((corrected < 0).sum())
        values["pm25"] = np.maximum(corrected, 0)
    return values


def _mean_of_channels(
    numbers: dict[str, np.ndarray], base: str, variable: str, counts: Counter[str]
) -> np.ndarray | None:
    """Values of a pollutant, NaN where the channels disagree; None without its columns."""
    first, second = (numbers.get(f"{base}_{channel}") for channel in "ab")
    if first is None or second is None:
        single = next((numbers[name] for name in (base, f"{base}_a", f"{base}_b") if name in numbers), None)
        if single is not None and variable == "pm25":
            counts["unchecked"] += 1
        return single
    mean, difference = (first + second) / 2, np.abs(first - second)
    disagree = (difference >= _DIFFERENCE) & (difference >= _SHARE * mean)
    counts["disagree"] += int(disagree.sum())
    counts["one"] += int((np.isnan(first) != np.isnan(second)).sum())
    return np.where(disagree, np.nan, mean)
