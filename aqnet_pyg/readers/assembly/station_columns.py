"""Stations, places and instruments of the rows of any number of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import COLUMN_NAMES
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import EARTH_RADIUS_KM
from aqnet_pyg.text import counted

SEPARATE_KM = 50.0
"""Distance from which on rows of the same code are those of different stations, not of one that moved."""

ATTRIBUTES = tuple(name for name in COLUMN_NAMES if name != "station")
"""Station attributes that rows can have."""


@dataclass
class _Place:
    """A station: rows of one code that are close together.

    Args:
        code: Station code.
        attributes: Attributes of the first row that has coordinates, or of the first row.
        moved: Whether rows have other coordinates than the first.
        columns: Column number by instrument.
    """

    code: str
    attributes: dict[str, Any]
    moved: bool = False
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def position(self) -> tuple[float, float]:
        """Longitude and latitude in degrees, NaN if unknown."""
        return self.attributes.get("longitude", np.nan), self.attributes.get("latitude", np.nan)


class StationColumns:
    """Numbers of columns by station and instrument, in the order in which they appear."""

    def __init__(self) -> None:
        self._places: dict[str, list[_Place]] = {}
        self._count = 0

    def __len__(self) -> int:
        """Return the number of columns."""
        return self._count

    def number(self, code: str, instrument: str, attributes: dict[str, Any]) -> int:
        """Return the column of an instrument at a station; a new one if it has none.

        Args:
            code: Station code.
            instrument: Name of the instrument; empty if the archive has none.
            attributes: Any of :data:`ATTRIBUTES`, coordinates in degrees; unknown if both are out of range.

        Raises:
            InputError: If the station has instruments of another class.
        """
        if abs(attributes.get("longitude") or 0) > 360 and abs(attributes.get("latitude") or 0) > 90:  # such as -999
            attributes = attributes | {"longitude": np.nan, "latitude": np.nan}
        place = self._place(code, attributes)
        _check_class(place, attributes)
        if instrument not in place.columns:
            place.columns[instrument] = self._count
            self._count += 1
        return place.columns[instrument]

    def count(self) -> tuple[int, int]:
        """Return the number of station codes, and that of different positions; as many if positions are not known."""
        positions = {place.position for places in self._places.values() for place in places}
        unknown = any(not np.isfinite(position).all() for position in positions)
        return len(self._places), len(self._places) if unknown else len(positions)

    def stations(self, table: pd.DataFrame | None, report: ReadReport) -> tuple[pd.DataFrame, list[list[int]]]:
        """Return the stations that have coordinates, and the columns of the instruments of each.

        Args:
            table: Station table, indexed by code, in place of the coordinates in the files; None to use these.
            report: Read report that records stations without coordinates, that moved, or that share a code.

        Returns:
            One row per station, indexed by code, and the columns of each station, by the order of instruments.

        Raises:
            InputError: If no station has coordinates.
        """
        rows: dict[str, dict[str, Any]] = {}
        columns: list[list[int]] = []
        if table is not None:
            table = table[table["longitude"].notna() & table["latitude"].notna()]
            table = table[~table.index.duplicated()]
        shared, moved = [], 0
        for code, places in self._places.items():
            if table is not None:
                if code in table.index:
                    listed = {name: value for name, value in table.loc[code].items() if not _missing(value)}
                    rows[code] = places[0].attributes | {str(name): value for name, value in listed.items()}
                    columns.append(_ordered({key: n for place in places for key, n in _unique(place, places)}))
                else:
                    report.without_coordinates.append(code)
                continue
            located = [place for place in places if np.isfinite(place.position).all()]
            if not located:
                report.without_coordinates.append(code)
            if len(located) > 1:
                shared.append(code)
            for place in located:
                east, north = place.position
                rows[code if len(located) == 1 else f"{code}@{east:.4f}_{north:.4f}"] = place.attributes
                columns.append(_ordered(place.columns))
                moved += place.moved
        if moved:
            report.notes.append(f"{counted(moved, 'station')} with more than one position; the first one is used.")
        if shared:
            report.notes.append(
                f"{counted(len(shared), 'code')} used at places more than {SEPARATE_KM:g} km apart ({', '.join(shared[:3])}): "
                "different stations, named by code and coordinates."
            )
        origin = [code for code, row in rows.items() if row.get("longitude") == row.get("latitude") == 0]
        if origin:
            report.notes.append(
                f"{counted(len(origin), 'station')} at longitude 0, latitude 0 ({', '.join(origin[:3])}), which may stand for "
                "unknown coordinates."
            )
        if not rows:
            codes = list(self._places)
            raise InputError(
                f"{report.source}: none of the {len(codes)} stations ({', '.join(codes[:3])}, ...) has coordinates"
                f"{report.first_fault()}; "
                "give the station table of the same network (stations= or --stations)."
            )
        stations = pd.DataFrame.from_dict(rows, orient="index")
        return stations[[name for name in ATTRIBUTES if name in stations]], columns

    def _place(self, code: str, attributes: dict[str, Any]) -> _Place:
        places = self._places.setdefault(code, [])
        here = attributes.get("longitude", np.nan), attributes.get("latitude", np.nan)
        for place in places:
            if place.position == here:
                return place
        for place in places:
            if not np.isfinite(place.position).all():
                place.attributes = attributes | {name: v for name, v in place.attributes.items() if not _missing(v)}
                return place
            distance = _distance_km(place.position, here)
            if not distance > SEPARATE_KM:  # also if these coordinates are missing
                place.moved |= bool(distance > 0)
                return place
        places.append(_Place(code, dict(attributes)))
        return places[-1]


def _check_class(place: _Place, attributes: dict[str, Any]) -> None:
    """Raise an error if a station has instruments of two classes, of which only one could be used in an hour."""
    given = [each.get("instrument_class") for each in (place.attributes, attributes)]
    classes = [str(name).strip().lower() for name in given if not _missing(name)]
    if len(set(classes)) > 1:
        raise InputError(
            f"station {place.code}: it has instruments of the classes {classes[0]!r} and {classes[1]!r}; give each of them a "
            "code of its own."
        )


def _unique(place: _Place, places: Sequence[_Place]) -> list[tuple[str, int]]:
    """Instruments of a place with names that are unique among the places of a code."""
    number = places.index(place)
    return [(f"{name}\t{number}" if number else name, column) for name, column in place.columns.items()]


def _ordered(columns: dict[str, int]) -> list[int]:
    """Columns by instrument: numbers in ascending order, then names."""
    names = sorted(columns, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name))
    return [columns[name] for name in names]


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two points given in degrees; NaN where a coordinate is missing."""
    east, north, other_east, other_north = np.radians([*one, *other])
    half = np.sin((other_north - north) / 2) ** 2
    half += np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    return float(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1))))
