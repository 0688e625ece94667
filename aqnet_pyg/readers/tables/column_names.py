"""Column names of tables, and the variables that they are recognized as."""

from __future__ import annotations

import re
import unicodedata

from aqnet_pyg.levels.units import plain_units
from aqnet_pyg.stations import POLLUTANTS

TIME_PARTS = ("year", "month", "day", "hour")
"""Columns that together form a time."""

TIME_COLUMNS = ("time", "date", *TIME_PARTS)
"""Columns of the time: the time, or a date and the time of day, or parts."""

ROW_COLUMNS = ("parameter", "value", "unit", "instrument")
"""Columns of tables with one pollutant a row, and of several instruments at a station."""

_NAMES: dict[str, tuple[str, ...]] = {
    "time": (
        "datetimeutc",
        "timeutc",
        "utctime",
        "utc",
        "datetimegmt",
        "dateutc",
        "time",
        "datetime",
        "timestamp",
        "时间",
        "datetimelocal",
        "localtime",
        "localdatetime",
    ),
    "date": ("date", "fecha", "datum", "日期"),
    "year": ("year",),
    "month": ("month",),
    "day": ("day",),
    "hour": ("hour", "hora", "stunde", "小时", "hr"),
    "parameter": ("parameter", "pollutant", "variable", "species", "parametername", "pollutantname", "component"),
    "value": ("value", "concentration", "measurement", "samplemeasurement", "valor"),
    "unit": ("unit", "units", "unitsofmeasure", "unitofmeasurement", "unitofmeasure"),
    "instrument": ("poc", "instrument", "instrumentid", "sensorid", "sensorsid"),
}
"""Recognized names by variable, in lower case without spaces and punctuation; the first one in a table is used."""

_POLLUTANTS = {
    **{name: name for name in POLLUTANTS},
    "pm2p5": "pm25",
    "fineparticulatematter": "pm25",
    "ozone": "o3",
    "nitrogendioxide": "no2",
    "sulfurdioxide": "so2",
    "sulphurdioxide": "so2",
    "carbonmonoxide": "co",
    "pm25localconditions": "pm25",
    "pm10total010umstp": "pm10",
}
"""Pollutants by their name, in lower case without spaces and punctuation."""

_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_UNIT_SUFFIX = re.compile(r"(ug|μg|mg|ng)(per)?m3|ppb|ppm")


def split_units(name: str) -> tuple[str, str | None]:
    """Return a column name without its units, and the units: in parentheses, or behind a pollutant as in ``PM2.5_ug_m3``.

    Args:
        name: The column name.
    """
    match = _WITH_UNITS.fullmatch(name)
    if match:
        return match[1], match[2]
    compact = plain(name)
    for known in _POLLUTANTS:
        if compact.startswith(known) and _UNIT_SUFFIX.fullmatch(compact[len(known) :]):
            return known, plain_units(compact[len(known) :])
    return name.strip(), None


def pollutant_of(name: str) -> str | None:
    """Return the pollutant that a name stands for, such as ``PM2.5``, ``PM2,5 (µg/m³)`` or ``Ozone``; None for any other.

    Args:
        name: A column name or the name of a parameter.
    """
    return _POLLUTANTS.get(plain(split_units(name)[0]))


def recognize(names: list[str]) -> dict[str, list[str]]:
    """Return the columns of a table by the variable that they are recognized as, the best name first.

    Args:
        names: The column names.
    """
    by_name: dict[str, list[str]] = {}
    found: dict[str, list[str]] = {}
    for name in names:
        pollutant = pollutant_of(name)
        if pollutant is not None:
            found.setdefault(pollutant, []).append(name)
        by_name.setdefault(plain(split_units(name)[0]), []).append(name)
    for variable, known in _NAMES.items():
        matches = [name for one in known for name in by_name.get(one, [])]
        if matches:
            found[variable] = matches
    return found


def plain(name: str) -> str:
    """Return a name in lower case without spaces and punctuation; µ as the Greek letter."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).lower())
