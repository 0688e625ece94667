"""Column names of tables, and the variables that they are recognized as."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from aqnet_pyg.levels.units import plain_units
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import without_accents

TIME_PARTS = ("year", "month", "day", "hour")
"""Columns that together form a time."""

TIME_COLUMNS = ("time", "date", *TIME_PARTS)
"""Columns of the time: the time, or a date and the time of day, or parts."""

ROW_COLUMNS = ("parameter", "value", "unit", "instrument")
"""Columns of tables with one pollutant a row, and of several instruments at a station."""

END_NAMES = ("endtime", "timeend", "datetimeend", "end")
"""Names of columns with the end of the averaging period, in lower case without spaces and punctuation."""

_BEGINNING, _ENDING = re.compile(r"(?i)start|begin|beginn|from|von|inicio"), re.compile(r"(?i)end|ending|ende|bis|to")
"""Words in the name of a column of times that tell what they label."""

_PARAMETER = ("poluente", "contaminante", "schadstoff", "polluant", "inquinante", "wskaznik", "parametro", "parametre")

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
        "datahora",
        "fechahora",
        "fechayhora",
        "dataora",
        "dateheure",
        "zeitpunkt",
        "datetimelocal",
        "localtime",
        "localdatetime",
        *END_NAMES,
        "starttime",
        "timestart",
        "datetimestart",
        "datetimebegin",
        "begintime",
        "timebegin",
        "start",
        "begin",
    ),
    "date": ("date", "fecha", "datum", "日期", "data"),
    "year": ("year", "ano", "jahr", "annee", "anno", "rok"),
    "month": ("month", "mes", "monat", "mois", "mese"),
    "day": ("day", "dia", "tag", "jour", "giorno", "dzien"),
    "hour": ("hour", "hora", "stunde", "小时", "hr", "heure", "ora", "godzina"),
    "parameter": (
        "parameter",
        "pollutant",
        "variable",
        "species",
        "parametername",
        "pollutantname",
        "component",
        *_PARAMETER,
    ),
    "value": (
        "value",
        "concentration",
        "measurement",
        "samplemeasurement",
        "valor",
        "concentracao",
        "concentracion",
        "wert",
        "valeur",
        "valore",
        "wartosc",
    ),
    "unit": (
        "unit",
        "units",
        "unitsofmeasure",
        "unitofmeasurement",
        "unitofmeasure",
        "unidade",
        "unidad",
        "einheit",
        "unite",
        "unita",
        "jednostka",
    ),
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
    "mp25": "pm25",
    "mp2p5": "pm25",
    "mp10": "pm10",
    "ozonio": "o3",
    "ozono": "o3",
    "ozon": "o3",
    "carbonmonoxide": "co",
    "pm25localconditions": "pm25",
    "pm10total010umstp": "pm10",
    "细颗粒物": "pm25",
    "可吸入颗粒物": "pm10",
    "二氧化硫": "so2",
    "二氧化氮": "no2",
    "臭氧": "o3",
    "一氧化碳": "co",
}
"""Pollutants by their name, in lower case without spaces and punctuation."""

_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_CONCENTRATION = re.compile(r"(?<=.)(concentration|conc|浓度)$")
"""Word behind the name of a pollutant."""

_AGAIN = re.compile(r" \(column \d+\)$")
"""Number of a column whose name is repeated."""

_UNIT_SUFFIX = re.compile(r"(ug|μg|mg|ng)(per)?m3|ppb|ppm")


def split_units(name: str) -> tuple[str, str | None]:
    """Return a column name without its units, and the units: in parentheses, or behind a pollutant as in ``PM2.5_ug_m3``.

    Args:
        name: The column name.
    """
    name = _AGAIN.sub("", name)
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
    return _POLLUTANTS.get(_CONCENTRATION.sub("", plain(split_units(name)[0])))


def named_label(names: Iterable[str]) -> str | None:
    """Return what times label as the names of their columns say, ``beginning`` or ``ending``; None if they do not.

    Args:
        names: Names of the columns of times, such as ``start_time`` or ``DatetimeEnd``.
    """
    words = [word for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]
    words += [re.sub("time|date", "", word) for word in words]
    for label, pattern in (("beginning", _BEGINNING), ("ending", _ENDING)):
        if any(map(pattern.fullmatch, words)):
            return label
    return None


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
    """Return a name in lower case without spaces, punctuation and accents; µ as the Greek letter."""
    return re.sub(r"[\W_]", "", without_accents(unicodedata.normalize("NFKC", name)).lower())
