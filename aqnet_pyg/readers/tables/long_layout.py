"""Layout of a table: the variable in each column, declared or recognized by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor, plain_units
from aqnet_pyg.readers.assembly.station_tables import COLUMN_NAMES, find_columns
from aqnet_pyg.readers.files.times import is_zone, zone_of
from aqnet_pyg.readers.tables.column_names import (
    END_NAMES,
    ROW_COLUMNS,
    TIME_COLUMNS,
    TIME_PARTS,
    may_flag,
    named_label,
    plain,
    recognize,
    split_units,
)
from aqnet_pyg.readers.tables.station_labels import StationLabels
from aqnet_pyg.readers.tables.wide_tables import (
    STATION,
    VALUE,
    pollutant_of_table,
    station_columns,
    time_index,
    units_of_columns,
)
from aqnet_pyg.stations import POLLUTANTS

TEMPERATURE = 25.0
"""Reference temperature in °C at which mixing ratios are converted, at 1013.25 hPa, unless another is given."""

_ZONE_COLUMNS = (
    "timezone",
    "timezonename",
    "tz",
    "tzname",
    "utcoffset",
    "gmtoffset",
    "tzoffset",
    "timezoneoffset",
    "时区",
)
"""Names of columns with time zones, in lower case without spaces and punctuation."""

_ARCHIVES = {
    "aqsparametercode": "aqs",
    "parametercode": "aqs",
    "aqsid": "airnow",
    "samplingpoint": "eea",
    "airqualitystationeoicode": "eea",
    "sensorsid": "openaq",
    "durp1": "sensor_community",
    "fechayymmdd": "sinca",
    "測站": "taiwan_epa",
    "测站": "taiwan_epa",
    "측정소코드": "airkorea",
}
"""Readers by a column that only files of their archive have, in lower case without spaces and punctuation."""


@dataclass(frozen=True)
class Layout:
    """Layout of a table.

    Args:
        columns: Column names by variable: ``station`` (or, without codes, ``longitude`` and ``latitude``), ``instrument``;
            ``time``, or ``date`` and ``hour``, or ``year``, ``month``, ``day`` and ``hour``; other station attributes; pollutants
            and further variables, or ``parameter``, ``value`` and ``unit`` of tables with one pollutant a row.
        time_zone: IANA name or offset of the local time zone.
        factors: Conversion factors by variable, to the units of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        attributes: Attributes of variables other than pollutants.
        unused: Columns that are not read.
        units: Units by pollutant of rows without units of their own, in a table with one pollutant a row.
        unstated: Pollutants for which no units were found, so that they are those of the package.
        wanted: Pollutants that are read from a table with one pollutant a row; default all.
        temperature: Reference temperature in °C of conversions of rows.
        notes: Rules that were applied, for the read report.
        times_zone: Time zone of times without a UTC offset; default the local time zone.
        stations: Column names by code or name of the station, of a table with one column per station; :attr:`columns` are then
            those of its rows (:func:`aqnet_pyg.readers.tables.wide_tables.rows_of`).
        labels: Codes and names of the station table; None if the file has codes and coordinates.
        hour_label: ``ending`` or ``beginning``: the end of the averaging period that times label; None if it is not stated, so
            that hours are labeled by their ends, and days by their dates.
        zone_column: Column that has the time zones of rows, which is not read although no time zone is known otherwise.
        zone_assumed: Whether neither the user nor the file states a time zone, so that times without an offset are UTC.
    """

    columns: Mapping[str, str]
    time_zone: str
    factors: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unused: Sequence[str] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    unstated: Sequence[str] = ()
    wanted: Sequence[str] = ()
    temperature: float = TEMPERATURE
    notes: Sequence[str] = ()
    times_zone: str | None = None
    stations: Mapping[str, str] = field(default_factory=dict)
    labels: StationLabels | None = None
    hour_label: str | None = None
    zone_column: str | None = None
    zone_assumed: bool = False

    @property
    def variables(self) -> list[str]:
        """The pollutants and further variables, without time and station attributes."""
        return [name for name in self.columns if _is_data(name)]

    @property
    def columns_of_file(self) -> dict[str, str]:
        """Column names of the file by variable, without those of stations."""
        return {variable: name for variable, name in self.columns.items() if name not in (STATION, VALUE)}


def find_layout(
    names: Sequence[str],
    file: str,
    *,
    columns: Mapping[str, str] | None = None,
    labels: StationLabels | None = None,
    parameter: str | None = None,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    temperature: float = TEMPERATURE,
    hour_label: str | None = None,
) -> Layout:
    """Determine the layout of a table from its column names.

    Args:
        names: The column names of the table.
        file: Its name, for messages.
        columns: Declared column names by variable. Other variables are recognized by name.
        labels: Codes and names of the station table that has the coordinates; None if the file has them.
        parameter: Pollutant of a table with one column per station. Default: that in the name of the file.
        time_zone: Declared time zone. Default: UTC; Beijing time for the layout of the AQ-Net authors.
        units: Declared units by variable. Default: those in the column names, or else those of the package.
        ignore: Columns that are not read.
        temperature: Reference temperature in °C at which mixing ratios are converted.
        hour_label: Declared end of the averaging period that times label. Default: as the name of their column says, or else
            ``ending``.

    Raises:
        InputError: If a declared or required column is missing, two columns are recognized as the same pollutant, or units are
            unknown.
    """
    declared, units = dict(columns or {}), dict(units or {})
    for column in ignore:
        if column not in names:
            raise InputError(f"ignore: {file} has no column {column!r}; found {_listed(names)}.")
    free = [name for name in names if name not in ignore]
    chosen = _choose(free, declared, file)
    wanted = _wanted(chosen, declared)
    notes: list[str] = []
    index = None if _has_time(chosen) or "year" in chosen else time_index(free)
    if index is not None and index not in chosen.values():
        chosen["time"] = index
        notes.append(f"times are read from {index!r}, the column of an index without a name.")
    stations = _stations(free, chosen, declared, labels, file)
    if stations:
        pollutant = pollutant_of_table(file, parameter)
        chosen = {variable: chosen[variable] for variable in TIME_COLUMNS if variable in chosen}
        chosen |= {"station": STATION, pollutant: VALUE}
        stated = "" if parameter is not None else ", as the name of the file says"
        notes.append(f"one column per station, with values of {pollutant}{stated}.")
    elif parameter is not None:
        raise InputError(
            f"parameter: {file} has no column that is named by a station of the station table; leave it out, or give the station "
            "table of the same network (stations= or --stations)."
        )
    _check_required(chosen, names, labels, file)
    unknown = [variable for variable in units if variable not in chosen and variable not in POLLUTANTS]
    if unknown:
        raise InputError(f"units: no variable {unknown[0]!r} in {file}; use one of {', '.join(chosen)}.")
    in_names = {variable: unit for variable, column in chosen.items() if (unit := split_units(column)[1]) is not None}
    if stations:
        in_names = {
            variable: unit
            for variable in chosen
            if variable in POLLUTANTS and (unit := units_of_columns(stations, file))
        }
    # The files of the AQ-Net authors have times in parts, units in parentheses, and no codes.
    authors = "year" in chosen and "station" not in chosen and any(name in in_names for name in POLLUTANTS)
    given = in_names | units
    factors: dict[str, float] = {}
    attributes: dict[str, dict[str, str]] = {}
    in_rows = {name: unit for name in POLLUTANTS if (unit := given.get(name, given.get("value"))) is not None}
    for variable, unit in in_rows.items() if "parameter" in chosen else ():
        if variable in units:
            _factor(variable, unit, temperature, [])  # refuse invalid ones
    for variable, column in list(chosen.items()):
        if variable in POLLUTANTS:
            try:
                factors[variable] = _factor(variable, given.get(variable), temperature, notes)
            except InputError as error:
                if variable in units or variable in declared or sum(name in POLLUTANTS for name in chosen) == 1:
                    raise InputError(f"{file}: {error}") from None
                notes.append(f"column {column!r} left out: {error}")
                del chosen[variable]
        elif _is_data(variable):
            attributes[variable] = {"long_name": split_units(column)[0]}
            if variable in given:
                attributes[variable]["units"] = given[variable]
    named = None if "time" in declared or "date" in declared else _zone_of(chosen, file, time_zone)
    if named is not None and time_zone not in (None, named):
        notes.append(f"times are in {named}, as their column says; {time_zone} is the local time zone.")
    known_zone = time_zone or ("Asia/Shanghai" if authors else named or _zone_of(chosen, file, None))
    unused = [name for name in free if name not in chosen.values() and name not in stations.values()]
    notes += [f"column {name!r} may flag invalid values; it is not applied." for name in unused if may_flag(name)]
    label = _hour_label(chosen, unused, hour_label, file, notes)
    zones = [name for name in unused if plain(name) in _ZONE_COLUMNS]
    return Layout(
        chosen,
        known_zone or "UTC",
        factors,
        attributes,
        units=in_rows if "parameter" in chosen else {},
        unstated=[name for name in factors if name not in given],
        unused=unused,
        wanted=wanted,
        temperature=temperature,
        notes=notes,
        times_zone=named,
        stations=stations,
        labels=labels,
        hour_label=label,
        zone_column=zones[0] if zones and time_zone is None and named is None and not authors else None,
        zone_assumed=known_zone is None,
    )


def _hour_label(
    chosen: Mapping[str, str], unused: Sequence[str], declared: str | None, file: str, notes: list[str]
) -> str | None:
    """End of the averaging period that times label, declared or by the name of their column; None if it is not stated."""
    columns = [chosen[name] for name in ("time", "date") if name in chosen]
    named = {name: label for variable in TIME_COLUMNS if (label := named_label([name := chosen.get(variable, "")]))}
    if declared is None and len(set(named.values())) > 1:
        raise InputError(
            f"{file}: the columns {' and '.join(map(repr, named))} label the beginning and the end of the averaging period; give "
            "hour_label='beginning' or 'ending' (--hour_label) for the time of day, and declare its column with columns= or "
            "--columns."
        )
    label = declared or next(iter(named.values()), None)
    ends = [name for name in unused if plain(split_units(name)[0]) in END_NAMES]
    if label is None and ends and columns:
        raise InputError(
            f"{file}: the times in {columns[0]!r} are the beginnings of the averaging periods, as the column {ends[0]!r} "
            "suggests, or their ends; give hour_label='beginning' or 'ending' (--hour_label)."
        )
    if declared is None and label is not None:
        side = "beginning" if label == "beginning" else "end"
        notes.append(f"times label the {side} of the averaging period, as the name of {next(iter(named))!r} says.")
    elif label == "beginning":
        notes.append("times label the beginning of the averaging period.")
    return label


def _has_time(chosen: Mapping[str, str]) -> bool:
    parts = all(part in chosen for part in TIME_PARTS[:3]) and ("hour" in chosen or "time" in chosen)
    return "time" in chosen or "date" in chosen or parts


def _is_data(variable: str) -> bool:
    return variable not in (*TIME_COLUMNS, *ROW_COLUMNS, *COLUMN_NAMES)


def _stations(
    names: Sequence[str],
    chosen: Mapping[str, str],
    declared: Mapping[str, str],
    labels: StationLabels | None,
    file: str,
) -> dict[str, str]:
    """Columns of stations by code or name; none if the table has rows of stations."""
    times = [chosen[variable] for variable in TIME_COLUMNS if variable in chosen]
    others = [name for name in names if name not in (*declared.values(), *times)]
    found = {} if labels is None else station_columns(others, labels, file)
    rest = [variable for variable, name in chosen.items() if name not in found.values()]
    if not found or any(variable in POLLUTANTS or variable == "parameter" for variable in rest):
        return {}
    wrong = [variable for variable in declared if variable not in TIME_COLUMNS]
    if wrong:
        raise InputError(
            f"columns: {file} has one column per station, so that only columns of the time can be declared; leave out "
            f"{wrong[0]!r}."
        )
    return found


def _choose(names: Sequence[str], declared: dict[str, str], file: str) -> dict[str, str]:
    """Column names by variable, declared or recognized."""
    missing = [column for column in declared.values() if column not in names]
    if missing:
        raise InputError(f"{file}: the declared column {missing[0]!r} is missing; found {_listed(names)}.")
    used = set(declared.values())
    free = [name for name in names if name not in used]
    found = recognize(free)
    chosen = dict(declared)
    for variable, column in find_columns(free).items():
        chosen.setdefault(variable, column)
    if "station" not in chosen and "name" in chosen:
        chosen["station"] = chosen.pop("name")
    for variable, matches in found.items():
        if variable in chosen or matches[0] in chosen.values():
            continue
        if variable in POLLUTANTS and len(matches) > 1:
            raise InputError(
                f"{file}: the columns {matches[0]!r} and {matches[1]!r} are both {variable}; declare one, such as "
                f"{{{variable}: {matches[0]}}}, with columns= or --columns, or leave one out with ignore= or --ignore."
            )
        chosen[variable] = matches[0]
    return _without_unneeded(chosen, declared)


def _without_unneeded(chosen: dict[str, str], declared: Mapping[str, str]) -> dict[str, str]:
    """Leave out recognized columns that other columns make needless."""
    in_rows = "parameter" in chosen and ("value" in chosen or any(name in POLLUTANTS for name in declared))
    needless: set[str] = set()
    if not in_rows or any(name in POLLUTANTS and name not in declared for name in chosen):
        needless |= {"parameter", "value", "unit"}
    if "year" in chosen and "month" in chosen and "day" in chosen and ("hour" in chosen or "time" in chosen):
        needless |= {"date"} | ({"time"} if "hour" in chosen else set())
    elif "time" in chosen or "date" in chosen:
        needless |= {"year", "month", "day"}
    return {variable: column for variable, column in chosen.items() if variable in declared or variable not in needless}


def _wanted(chosen: dict[str, str], declared: Mapping[str, str]) -> list[str]:
    """Pollutants that were declared as the column of values of a table with one pollutant a row."""
    if "parameter" not in chosen:
        return []
    wanted = [variable for variable in declared if variable in POLLUTANTS]
    for variable in wanted:
        chosen["value"] = chosen.pop(variable)
    return wanted


def _check_required(chosen: Mapping[str, str], names: Sequence[str], labels: StationLabels | None, file: str) -> None:
    station_table = labels is not None
    has_coordinates = "longitude" in chosen and "latitude" in chosen
    missing = []
    if "station" not in chosen and (station_table or not has_coordinates):
        missing.append("station (or longitude and latitude)")
    elif not station_table and not has_coordinates:
        missing.append("longitude and latitude (or a station table, stations= or --stations)")
    times = _has_time(chosen)
    if not times:
        missing.append("time (or year, month, day and hour)")
    if not any(name in POLLUTANTS for name in chosen) and "parameter" not in chosen:
        missing.append(f"one of {', '.join(POLLUTANTS)}")
    if missing:
        if has_coordinates and len(missing) == 2 and not times:
            raise InputError(
                f"{file}: it has coordinates, but neither times nor values, as a station table; give it with stations= "
                "(--stations), and the file of the measurements as the path."
            )
        archive = next((reader for column, reader in _ARCHIVES.items() if column in map(plain, names)), None)
        if archive is not None:
            raise InputError(
                f"{file}: no column for {'; '.join(missing)}; the columns are those of an archive, which the source "
                f"{archive!r} reads instead of 'table'."
            )
        wide = times and "station" not in chosen and not has_coordinates
        advice = ""
        if wide:
            advice = (
                "; a table with one column per station needs a station table (stations= or --stations) with these column names "
                "as codes or names"
            )
            if labels is not None:
                advice += f", such as {labels.example!r}"
        raise InputError(
            f"{file}: no column for {'; '.join(missing)}; found {_listed(names)}; declare columns by name, such as "
            f"{{time: Fecha, pm25: MP2.5}}, with columns= or --columns{advice}."
        )


def _zone_of(chosen: Mapping[str, str], file: str, time_zone: str | None) -> str | None:
    """Time zone in the names of the columns of times; None if they have none, or a local one that was given."""
    for variable in ("time", "date", "hour"):
        column = chosen.get(variable, "")
        name, hint = split_units(column)
        zone = zone_of(hint or "")
        if zone is not None:
            return zone
        if (is_zone(hint or "") or "local" in plain(column)) and time_zone is None:
            raise InputError(
                f"{file}: the times of {column!r} are local; give their zone, such as time_zone='Europe/Paris' or "
                "'+01:00' (--time_zone)."
            )
        if re.search("utc|gmt", plain(name)):
            return "UTC"
    return None


def _factor(variable: str, units: str | None, temperature: float, notes: list[str]) -> float:
    """Conversion factor from the given units to those of :data:`POLLUTANTS`."""
    if units is None:
        return 1.0
    own = POLLUTANTS[variable].units
    factor = conversion_factor(variable, units, own, temperature=temperature)
    if plain_units(units) in ("ppb", "ppm"):
        notes.append(conversion_note(variable, units, temperature))
    return factor


def conversion_note(variable: str, units: str, temperature: float) -> str:
    """Return the rule by which a mixing ratio was converted, for the read report.

    Args:
        variable: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        units: Units of the file.
        temperature: Reference temperature in °C.
    """
    return f"{variable}: {units} converted to {POLLUTANTS[variable].units} at {temperature:g} °C and 1013.25 hPa."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
