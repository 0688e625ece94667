"""Column names of tables, and the variables that they are recognized as."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from aqnet_pyg.levels.units import plain_units
from aqnet_pyg.readers.assembly.header_words import FILLERS, vocabulary
from aqnet_pyg.stations import POLLUTANTS
from aqnet_pyg.text import without_accents, words_of

TIME_PARTS = ("year", "month", "day", "hour")
"""Columns that together form a time."""

TIME_COLUMNS = ("time", "date", *TIME_PARTS)
"""Columns of the time: the time, or a date and the time of day, or parts."""

ROW_COLUMNS = ("parameter", "value", "unit", "instrument")
"""Columns of tables with one pollutant a row, and of several instruments at a station."""

END_NAMES = ("endtime", "timeend", "datetimeend", "end")
"""Names of columns with the end of the averaging period, in lower case without spaces and punctuation."""

_LABELS = {
    "ending": vocabulary("bis end ende ending fim fin final fine hasta to"),
    "beginning": vocabulary("begin beginn beginning debut desde from inicial inicio inizio start von"),
}
"""Words in the name of a column of times that tell what they label, without accents; the best one for times first."""

_LABEL_ORDER = (None, "ending", "beginning")

_DATES = vocabulary("data date datum fecha jour")
_CLOCKS = vocabulary("godzina heure hora hour ora stunde time uhrzeit")
_OF_TIMES = vocabulary(
    "gmt local locale lokal measurement medicao medicion medida mesure messung misura muestreo prelevement registro sampling utc"
)
_PARAMETERS = vocabulary(
    "component contaminante inquinante parametre parametro parameter pollutant polluant poluente schadstoff species wskaznik"
)
_VALUES = vocabulary(
    "concentracao concentracion concentration concentrazione konzentration messwert valeur valor valore value wartosc wert"
)
_OF_VALUES = vocabulary("horaria horario hourly measured medido mesure")
_UNITS = vocabulary("einheit jednostka unidad unidade unidades unit unita unite unites units")
_OF_UNITS = vocabulary("concentracion measure measurement medida medicion medicao mesure misura")
_NAMES_OF = vocabulary("code codigo id name nom nombre nome")

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
    ),
    "value": (
        "value",
        "concentration",
        "measurement",
        "samplemeasurement",
    ),
    "unit": (
        "unit",
        "units",
        "unitsofmeasure",
        "unitofmeasurement",
        "unitofmeasure",
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
    **dict.fromkeys(("ozonio", "ozono", "ozon"), "o3"),
    **dict.fromkeys(
        (
            "dioxidodenitrogeno",
            "dioxidodenitrogenio",
            "dioxydedazote",
            "stickstoffdioxid",
            "biossidodiazoto",
            "dwutlenekazotu",
        ),
        "no2",
    ),
    **dict.fromkeys(
        (
            "dioxidodeazufre",
            "dioxidodeenxofre",
            "dioxydedesoufre",
            "schwefeldioxid",
            "biossidodizolfo",
            "dwutleneksiarki",
        ),
        "so2",
    ),
    **dict.fromkeys(
        ("monoxidodecarbono", "monoxydedecarbone", "kohlenmonoxid", "monossidodicarbonio", "tlenekwegla"), "co"
    ),
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

_LAST_BRACKETS = re.compile(r"\s*(.*?)\s*[(\[（]([^()\[\]（）]*)[)\]）]\s*")
_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_MATTER = re.compile(
    r"(material|materia|matter|matiere|particulado|particulas?|particulate|particulaires?|particules?|particelle|finas?|fines?|"
    r"inalaveis|respirables?|feinstaub|polveri|sottili|pylzawieszony)+"
)
"""Words for particulate matter beside its size."""
_CONCENTRATION = re.compile(r"(?<=.)(concentration|conc|浓度)$")
"""Word behind the name of a pollutant."""

_AGAIN = re.compile(r" \(column \d+\)$")
"""Number of a column whose name is repeated."""

_UNIT_SUFFIX = re.compile(r"(ug|μg|mg|ng)(per)?m3|ppb|ppm")


_FLAGS = (
    *(
        "flag",
        "flags",
        "qc",
        "qcflag",
        "qaflag",
        "quality",
        "qualityflag",
        "validity",
        "valid",
        "verification",
        "status",
    ),
    *("bandera", "estado", "validez", "validacion", "calidad"),  # Spanish
    *("validade", "validacao", "qualidade", "situacao"),  # Portuguese
    *("validite", "qualite", "codequalite", "etat"),  # French
    *("gultigkeit", "validita"),  # German, Italian
)
"""Column names, in lower case without spaces and punctuation, that often flag invalid values."""

_FLAG_ENDS = ("flag", "flags", "qc")
"""Ends of the names of such columns of one pollutant."""


def split_units(name: str) -> tuple[str, str | None]:
    """Return a column name without its units, and the units: in parentheses, or behind a pollutant as in ``PM2.5_ug_m3``.

    Args:
        name: The column name.
    """
    name = _AGAIN.sub("", name)
    match = _LAST_BRACKETS.fullmatch(name) or _WITH_UNITS.fullmatch(name)
    if match and plain(match[2]) in _POLLUTANTS:  # Ozone (O3)
        return match[2], None
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
    name = split_units(name)[0]
    inner, units = split_units(name)
    compact = _CONCENTRATION.sub("", plain(inner if units is None else name))
    return _POLLUTANTS.get(compact) or _POLLUTANTS.get(_without_matter(compact))


def _without_matter(compact: str) -> str:
    """The size of particles in a name such as ``particulesfinespm10``; the name if it has no word for particles."""
    before = _MATTER.match(compact)
    return compact[before.end() :] if before else compact


def named_label(names: Iterable[str]) -> str | None:
    """Return what times label as the names of their columns say, ``beginning`` or ``ending``; None if they do not.

    Args:
        names: Names of the columns of times, such as ``start_time`` or ``DatetimeEnd``.
    """
    words = {word for name in names for word in words_of(name)}
    words |= {re.sub("time|date", "", word) for word in words}
    return next((label for label in ("beginning", "ending") if words & _LABELS[label]), None)


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
    by_words = {name: meaning for name in names if (meaning := _by_words(name)) is not None}
    for name in sorted(by_words, key=lambda name: _LABEL_ORDER.index(named_label([name]))):
        if not any(name in matches for matches in found.values()):
            found.setdefault(by_words[name], []).append(name)
    label = named_label(found.get("date", [])[:1])
    found["hour"] = sorted(found.get("hour", []), key=lambda name: named_label([name]) != label)
    return {variable: matches for variable, matches in found.items() if matches}


def _by_words(name: str) -> str | None:
    """The variable that the words of a column name stand for; None for others."""
    words = set(words_of(split_units(name)[0])) - FILLERS
    when = words - _OF_TIMES - _LABELS["ending"] - _LABELS["beginning"]
    kinds = ((_PARAMETERS, _NAMES_OF, "parameter"), (_VALUES, _OF_VALUES, "value"), (_UNITS, _OF_UNITS, "unit"))
    for known, others, variable in kinds:
        if words & known and words <= known | others:
            return variable
    if when and when <= _DATES | _CLOCKS and words <= when | _OF_TIMES | _LABELS["ending"] | _LABELS["beginning"]:
        return "time" if when & _DATES and when & _CLOCKS else "date" if when & _DATES else "hour"
    return None


def plain(name: str) -> str:
    """Return a name in lower case without spaces, punctuation and accents; µ as the Greek letter."""
    return re.sub(r"[\W_]", "", without_accents(unicodedata.normalize("NFKC", name)).lower())


def may_flag(name: str) -> bool:
    """Return whether a column name is one that often flags invalid values.

    Args:
        name: The column name.
    """
    return plain(name) in _FLAGS or plain(name).endswith(_FLAG_ENDS)
