"""What the columns of a long table hold: declared, or recognized by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.long_columns import TIME_PARTS
from aqnet_pyg.readers.station_tables import COLUMN_NAMES, find_columns
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["Layout", "find_layout"]

_TIME_NAMES = {"time": ("time", "datetime", "timestamp", "时间", "date"), **{part: (part,) for part in TIME_PARTS}}
_POLLUTANT_NAMES = {**{name: (name,) for name in POLLUTANTS}, "pm25": ("pm25", "pm2p5")}
_WITH_UNITS = re.compile(r"\s*(.*?)\s*[(\[（](.*)[)\]）]\s*")
_TO_UG = {"ugm-3": 1.0, "mgm-3": 1000.0, "ngm-3": 0.001}
"""Units of mass concentration, written small, in µg m-3."""


@dataclass(frozen=True)
class Layout:
    """What the columns of a long table hold.

    Args:
        columns: Names of the table's columns by ours: ``station`` (or, without codes, ``longitude`` and ``latitude``),
            ``time`` or ``year``, ``month``, ``day`` and ``hour``, what else describes a station, and the variables.
        time_zone: IANA name of the local zone: that of the times, unless they name their offset.
        factors: What to multiply a variable by, where its units are not ours.
        attributes: Attributes of the variables that are no pollutants.
        unused: Columns that are left alone.
    """

    columns: Mapping[str, str]
    time_zone: str
    factors: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unused: Sequence[str] = ()

    @property
    def variables(self) -> list[str]:
        """Our names of the columns that are data."""
        return [name for name in self.columns if name not in ("time", *TIME_PARTS, *COLUMN_NAMES)]


def find_layout(
    found: Sequence[str],
    file: str,
    *,
    columns: Mapping[str, str] | None = None,
    located: bool = False,
    time_zone: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Layout:
    """Find out what the columns of a table hold.

    Args:
        found: The column names of the table.
        file: Its name, for messages.
        columns: Declared columns, theirs by ours. What they do not declare is recognized by name.
        located: Whether the coordinates come from elsewhere.
        time_zone: Declared zone. Default: UTC; Beijing time for the layout of the AQ-Net authors.
        units: Declared units by our names. Default: those in the column names, in parentheses.

    Raises:
        InputError: If a declared column is not there, a needed one is not found, or units are not understood.
    """
    picked = _pick(found, dict(columns or {}), file)
    _check_needs(picked, found, located, file)
    if "hour" in picked and _bare(picked.get("time", "")).strip().lower() == "date" and "year" not in picked:
        raise InputError(
            f"{file}: {picked['time']!r} and {picked['hour']!r} are two columns; join them to one, as in 2024-04-03 10:00."
        )
    if "time" in picked:
        picked = {ours: theirs for ours, theirs in picked.items() if ours not in TIME_PARTS}
    unknown = [ours for ours in units or {} if ours not in picked]
    if unknown:
        raise InputError(f"units: no variable {unknown[0]!r} in {file}; use our names: {', '.join(picked)}.")
    written = {ours: match[2] for ours, theirs in picked.items() if (match := _WITH_UNITS.fullmatch(theirs))}
    # The authors of AQ-Net write times in parts, units in parentheses, and no codes.
    authors = "time" not in picked and "station" not in picked and any(name in written for name in POLLUTANTS)
    written |= units or {}
    factors, attributes = {}, {}
    for ours, theirs in picked.items():
        if ours in POLLUTANTS:
            factors[ours] = _factor(ours, written[ours], file) if ours in written else 1.0
        elif ours not in ("time", *TIME_PARTS, *COLUMN_NAMES):
            attributes[ours] = {"long_name": _bare(theirs)} | ({"units": written[ours]} if ours in written else {})
    return Layout(
        picked,
        time_zone or ("Asia/Shanghai" if authors else "UTC"),
        factors,
        attributes,
        unused=[name for name in found if name not in picked.values()],
    )


def _bare(name: str) -> str:
    """A column name without units."""
    return _WITH_UNITS.sub(r"\1", name)


def _pick(found: Sequence[str], declared: dict[str, str], file: str) -> dict[str, str]:
    """Columns of the table by our names."""
    lacking = [theirs for theirs in declared.values() if theirs not in found]
    if lacking:
        raise InputError(f"{file}: no column {lacking[0]!r} as declared; found {_listed(found)}.")
    plain = {re.sub(r"[\s._-]", "", _bare(name).lower()): name for name in reversed(found)}
    recognized = find_columns(list(found))
    for ours, names in (_TIME_NAMES | _POLLUTANT_NAMES).items():
        fitting = [plain[name] for name in names if name in plain]
        if fitting:
            recognized[ours] = fitting[0]
    taken = set(declared.values())
    return declared | {ours: name for ours, name in recognized.items() if ours not in declared and name not in taken}


def _check_needs(picked: Mapping[str, str], found: Sequence[str], located: bool, file: str) -> None:
    placed = "longitude" in picked and "latitude" in picked
    needs = []
    if "station" not in picked and (located or not placed):
        needs.append("station (or longitude and latitude)")
    elif not located and not placed:
        needs.append("longitude and latitude (or a station table)")
    if "time" not in picked and not all(part in picked for part in TIME_PARTS):
        needs.append("time (or year, month, day and hour)")
    if not any(name in POLLUTANTS for name in picked):
        needs.append(f"one of {', '.join(POLLUTANTS)}")
    if needs:
        raise InputError(
            f"{file}: no column for {'; '.join(needs)}; found {_listed(found)}; declare columns by name, such as "
            "{time: Fecha, pm25: MP2.5}, with columns= or --columns."
        )


def _factor(name: str, units: str, file: str) -> float:
    """What turns a concentration in the given units into that of the vocabulary."""
    plain = units.lower().replace("μ", "u").replace("µ", "u").replace("³", "3")
    plain = re.sub(r"[\s^*.]", "", plain).replace("/m3", "m-3").replace("m⁻3", "m-3")
    if plain not in _TO_UG:
        raise InputError(
            f"{file}: units {units!r} of {name} are not understood; give µg/m3 or mg/m3, converting others first."
        )
    return _TO_UG[plain] / _TO_UG[POLLUTANTS[name].units.replace(" ", "")]


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
