"""Layout of a long table: the variable in each column, declared or recognized by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.long_columns import TIME_PARTS
from aqnet_pyg.readers.station_tables import COLUMN_NAMES, find_columns
from aqnet_pyg.stations import POLLUTANTS

_TIME_NAMES = {"time": ("time", "datetime", "timestamp", "时间", "date"), **{part: (part,) for part in TIME_PARTS}}
_POLLUTANT_NAMES = {**{name: (name,) for name in POLLUTANTS}, "pm25": ("pm25", "pm2p5")}
_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_TO_UG = {"ugm-3": 1.0, "mgm-3": 1000.0, "ngm-3": 0.001}
"""Units of mass concentration, normalized and in lower case, in µg m-3."""


@dataclass(frozen=True)
class Layout:
    """Layout of a long table.

    Args:
        columns: Column names by variable: ``station`` (or, without codes, ``longitude`` and ``latitude``), ``time`` or
            ``year``, ``month``, ``day`` and ``hour``, other station attributes, pollutants, and further variables.
        time_zone: IANA name of the local time zone, in which times without a UTC offset are given.
        factors: Conversion factors by variable, to the units of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        attributes: Attributes of variables other than pollutants.
        unused: Columns that are not read.
    """

    columns: Mapping[str, str]
    time_zone: str
    factors: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unused: Sequence[str] = ()

    @property
    def variables(self) -> list[str]:
        """The pollutants and further variables, without time and station attributes."""
        return [name for name in self.columns if _is_data(name)]


def find_layout(
    names: Sequence[str],
    file: str,
    *,
    columns: Mapping[str, str] | None = None,
    station_table: bool = False,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Layout:
    """Determine the layout of a table from its column names.

    Args:
        names: The column names of the table.
        file: Its name, for messages.
        columns: Declared column names by variable. Other variables are recognized by name.
        station_table: Whether coordinates come from a station table.
        time_zone: Declared time zone. Default: UTC; Beijing time for the layout of the AQ-Net authors.
        units: Declared units by variable. Default: those in parentheses in the column names.

    Raises:
        InputError: If a declared or required column is missing, or units are unknown.
    """
    chosen = _choose(names, dict(columns or {}), file)
    _check_required(chosen, names, station_table, file)
    if "hour" in chosen and _without_units(chosen.get("time", "")).strip().lower() == "date" and "year" not in chosen:
        raise InputError(
            f"{file}: date and hour are in two columns, {chosen['time']!r} and {chosen['hour']!r}; combine them into one, as in "
            "2024-04-03 10:00."
        )
    if "time" in chosen:
        chosen = {variable: column for variable, column in chosen.items() if variable not in TIME_PARTS}
    unknown = [variable for variable in units or {} if variable not in chosen]
    if unknown:
        raise InputError(f"units: no variable {unknown[0]!r} in {file}; use one of {', '.join(chosen)}.")
    in_names = {variable: match[2] for variable, column in chosen.items() if (match := _WITH_UNITS.fullmatch(column))}
    # The files of the AQ-Net authors have times in parts, units in parentheses, and no codes.
    authors = "time" not in chosen and "station" not in chosen and any(name in in_names for name in POLLUTANTS)
    given = in_names | dict(units or {})
    factors, attributes = {}, {}
    for variable, column in chosen.items():
        if variable in POLLUTANTS:
            factors[variable] = _factor(variable, given[variable], file) if variable in given else 1.0
        elif _is_data(variable):
            attributes[variable] = {"long_name": _without_units(column)}
            if variable in given:
                attributes[variable]["units"] = given[variable]
    return Layout(
        chosen,
        time_zone or ("Asia/Shanghai" if authors else "UTC"),
        factors,
        attributes,
        unused=[name for name in names if name not in chosen.values()],
    )


def _is_data(variable: str) -> bool:
    return variable not in ("time", *TIME_PARTS, *COLUMN_NAMES)


def _without_units(name: str) -> str:
    return _WITH_UNITS.sub(r"\1", name)


def _choose(names: Sequence[str], declared: dict[str, str], file: str) -> dict[str, str]:
    """Column names by variable, declared or recognized."""
    missing = [column for column in declared.values() if column not in names]
    if missing:
        raise InputError(f"{file}: the declared column {missing[0]!r} is missing; found {_listed(names)}.")
    normalized = {re.sub(r"[\s._-]", "", _without_units(name).lower()): name for name in reversed(names)}
    recognized = find_columns(names)
    for variable, known in (_TIME_NAMES | _POLLUTANT_NAMES).items():
        matches = [normalized[name] for name in known if name in normalized]
        if matches:
            recognized[variable] = matches[0]
    used = set(declared.values())
    return declared | {
        variable: name for variable, name in recognized.items() if variable not in declared and name not in used
    }


def _check_required(chosen: Mapping[str, str], names: Sequence[str], station_table: bool, file: str) -> None:
    has_coordinates = "longitude" in chosen and "latitude" in chosen
    missing = []
    if "station" not in chosen and (station_table or not has_coordinates):
        missing.append("station (or longitude and latitude)")
    elif not station_table and not has_coordinates:
        missing.append("longitude and latitude (or a station table)")
    if "time" not in chosen and not all(part in chosen for part in TIME_PARTS):
        missing.append("time (or year, month, day and hour)")
    if not any(name in POLLUTANTS for name in chosen):
        missing.append(f"one of {', '.join(POLLUTANTS)}")
    if missing:
        raise InputError(
            f"{file}: no column for {'; '.join(missing)}; found {_listed(names)}; declare columns by name, such as "
            "{time: Fecha, pm25: MP2.5}, with columns= or --columns."
        )


def _factor(name: str, units: str, file: str) -> float:
    """Conversion factor from the given units to those of :data:`POLLUTANTS`."""
    plain = units.lower().replace("μ", "u").replace("µ", "u").replace("³", "3")
    plain = re.sub(r"[\s^*.]", "", plain).replace("/m3", "m-3").replace("m⁻3", "m-3")
    if plain not in _TO_UG:
        raise InputError(f"{file}: units {units!r} of {name} are unknown; convert the values to µg/m3 or mg/m3.")
    return _TO_UG[plain] / _TO_UG[POLLUTANTS[name].units.replace(" ", "")]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
