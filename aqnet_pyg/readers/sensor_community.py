"""Reader of sensor.community (formerly luftdaten.info): daily files of each particle sensor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.files.archive import Member, PathLike, find_members
from aqnet_pyg.readers.files.text_columns import TextColumn, text_columns
from aqnet_pyg.readers.files.times import NO_TIME
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import SENSOR
from aqnet_pyg.text import counted

_VARIABLES = {"P1": "pm10", "P2": "pm25"}
_COLUMNS = ("sensor_id", "sensor_type", "lat", "lon", "timestamp")
_NAME = re.compile(
    r"(?:\d{4}-\d\d-\d\d_(?P<day>[a-z0-9-]+)_sensor_\d+(?P<indoor>_indoor)?|\d{4}-\d\d_(?P<month>[a-z0-9-]+))\.csv(?:\.gz)?",
    re.I,
)
_PARTICLES = "(?:sds|pms|hpm|sps|nextpm|ips|ppd)"
"""Beginnings of the types of particle sensors in file names."""

_COUNTS = "PPD42NS"
"""Type of sensor that counts particles per volume, which is not a mass concentration."""

_LIMITS = {"SDS011": {"P1": 1999.9, "P2": 999.9}, "SDS021": {"P1": 1999.9, "P2": 999.9}}
"""Upper limits of the measuring range, by type of sensor and column; a sensor reports them when it is out of range."""

_EMPTY = ("", "nan", "na", "none", "null", "unknown", "unavailable", "%.1f")
"""Texts in place of a missing value."""


def read_sensor_community(
    path: PathLike | Sequence[PathLike], *, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read the archive of sensor.community.

    Times are UTC (https://github.com/opendata-stuttgart/feinstaub-api/issues/25), those at which a reading arrives, about every
    150 seconds, at the end of the period over which the sensor averages.

    Args:
        path: CSV file, folder or zip file, or several of these: ``YYYY-MM-DD_sds011_sensor_ID.csv``, or the files of a month,
            ``YYYY-MM_sds011.csv``, with ``sensor_id``, ``sensor_type``, ``location``, ``lat``, ``lon``, ``timestamp``, ``P1``
            (PM10) and ``P2`` (PM2.5). Files of sensors of other quantities (BME280, DHT22, ...) and of indoor sensors are
            ignored, and counted.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC), and the read report. Each sensor is a station, and its class of instruments is ``sensor``. Left out
        and counted: empty readings, those of the type PPD42NS, which counts particles, and readings of an SDS011 or SDS021 at the
        end of its measuring range (1999.9 µg/m³ for PM10, 999.9 µg/m³ for PM2.5).

    Raises:
        InputError: If there is nothing to read.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, _NAME.pattern, "YYYY-MM-DD_TYPE_sensor_ID.csv", report)
    left_out: Counter[str] = Counter()
    particles = [member for member in members if _is_wanted(member, left_out)]
    if not particles:
        found = ", ".join(f"{count:,} {what}" for what, count in left_out.items())
        raise InputError(f"{report.source}: there are only {found}; give files of particle sensors, such as sds011.")
    dataset = collect(
        _frames(particles, left_out, report),
        report,
        time_zone="UTC",
        source="sensor.community (https://archive.sensor.community)",
    )
    report.notes.append("times are UTC, at the end of a reading; P1 is PM10, P2 is PM2.5.")
    if left_out.total():
        report.notes.append(
            f"left out: {', '.join(f'{count:,} {what}' for what, count in sorted(left_out.items()) if count)}."
        )
    return dataset, report


def _frames(
    members: Sequence[Member], left_out: Counter[str], report: ReadReport
) -> Iterator[tuple[str, pd.DataFrame]]:
    for member, rows in text_columns(members, _columns, report):
        yield member.label, _tidy(rows, left_out, member.label, report)


def _columns(names: Sequence[str]) -> dict[str, str] | str:
    """Names of the columns that are read, or the fault."""
    missing = [name for name in _COLUMNS if name not in names]
    values = [name for name in _VARIABLES if name in names]
    if missing or not values:
        return f"no column {' and '.join(missing or _VARIABLES)} among {', '.join(names[:8])}"
    return {name: name for name in (*_COLUMNS, *values)}


def _is_wanted(member: Member, left_out: Counter[str]) -> bool:
    """Whether a file can have particle mass concentrations outdoors, by its name."""
    match = _NAME.fullmatch(member.name)
    if match is None:  # a path that the user named
        return True
    if match["indoor"]:
        left_out["files of indoor sensors"] += 1
        return False
    if re.match(_PARTICLES, match["day"] or match["month"], re.I) is None:
        left_out["files of sensors of other quantities"] += 1
        return False
    return True


def _tidy(rows: dict[str, TextColumn], left_out: Counter[str], file: str, report: ReadReport) -> pd.DataFrame:
    particles = rows["sensor_type"].map(lambda text: text.upper() == _COUNTS, bool)
    left_out[f"rows of the type {_COUNTS}, which counts particles"] += int(particles.sum())
    seconds = rows["timestamp"].utc_seconds(naive=True)
    invalid = (seconds == NO_TIME) | rows["sensor_id"].map(lambda text: not text, bool)
    if (invalid & ~particles).any():
        number = int((invalid & ~particles).sum())
        report.damage(file, f"{counted(number, 'row')} without a sensor or a valid time left out")
    keep = ~(particles | invalid)
    rows = {name: column[keep] for name, column in rows.items()}
    frame = pd.DataFrame(
        {
            "station": rows["sensor_id"].categories(),
            "time": seconds[keep].astype("datetime64[s]"),
            "longitude": rows["lon"].numbers(),
            "latitude": rows["lat"].numbers(),
            "instrument_class": SENSOR,
        }
    )
    parts = []
    for name in [name for name in _VARIABLES if name in rows]:
        numbers = rows[name].numbers()
        empty = rows[name].map(lambda text: text.lower() in _EMPTY, bool)
        wrong = np.isnan(numbers) & ~empty
        if wrong.any():
            example = rows[name].values()[wrong][0]
            report.damage(file, f"{counted(int(wrong.sum()), 'value')} not numeric, such as {example!r}")
        left_out["empty values"] += int(empty.sum())
        limits = rows["sensor_type"].map(partial(_limit, name), np.float64)
        beyond = numbers >= limits - 0.05
        left_out["readings at the end of the measuring range"] += int(beyond.sum())
        parts.append(frame.assign(variable=_VARIABLES[name], value=np.where(beyond, np.nan, numbers)))
    return pd.concat(parts, ignore_index=True)


def _limit(column: str, sensor_type: str) -> float:
    return _LIMITS.get(sensor_type.upper(), {}).get(column, np.inf)
