"""Dated station lists of the national network, and the coordinates of stations on a given day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.read_report import ReadReport

_EARLIEST = date(1970, 1, 1)
_DAY = re.compile(r"(\d{4})[.\-_]?(\d{2})[.\-_]?(\d{2})")
_WEST, _EAST, _SOUTH, _NORTH = 73.0, 136.0, 3.0, 54.0
"""Bounding box of China in degrees. The ranges of longitude and latitude are disjoint, so that swapped fields are detected."""

_MOVED_KM = 5.0


@dataclass(frozen=True)
class StationList:
    """A station list and the day from which it is in force.

    Args:
        day: The day in the file name; 1970-01-01 if there is none.
        name: The file name.
        stations: One row per station, indexed by code, from :func:`read_station_table`.
    """

    day: date
    name: str
    stations: pd.DataFrame


def read_station_lists(path: PathLike | Sequence[PathLike], report: ReadReport) -> list[StationList]:
    """Read station lists named like ``站点列表-2022.02.13起.csv``.

    Args:
        path: A folder with lists, a list, or several lists.
        report: Read report that records lists that cannot be read.

    Returns:
        The lists, oldest first.

    Raises:
        InputError: If a path does not exist or no list can be read.
    """
    files: list[Path] = []
    for one in [path] if isinstance(path, str | Path) else path:
        if not Path(one).exists():
            raise InputError(f"{one}: there is no such station list or folder; check the path.")
        files += sorted(Path(one).glob("站点列表*.csv")) if Path(one).is_dir() else [Path(one)]
    if not files:
        raise InputError(
            f"{path}: no station list (站点列表-YYYY.MM.DD起.csv) in this folder; give the folder or the file."
        )
    lists: list[StationList] = []
    faults: list[InputError] = []
    for file in files:
        try:
            lists.append(StationList(_day(file), file.name, read_station_table(file)))
        except InputError as error:
            faults.append(error)
            report.skip(file.name, str(error).removeprefix(f"{file}: ").rstrip("."))
    if not lists:
        raise faults[0]
    return sorted(lists, key=lambda one: one.day)


def _day(file: Path) -> date:
    found = _DAY.search(file.stem)
    try:
        return date(*map(int, found.groups())) if found else _EARLIEST
    except ValueError:
        return _EARLIEST


def locate(lists: Sequence[StationList], first: date, last: date) -> pd.DataFrame:
    """Return the coordinates of all stations in a period.

    Coordinates are taken from the list in force on the first day (the earliest one if all are later). For stations without
    valid coordinates in it, they are taken from the other lists, nearest in time first.

    Args:
        lists: The lists, oldest first.
        first: First day of the data.
        last: Last day of the data.

    Returns:
        One row per station, indexed by code: ``longitude``, ``latitude``, ``list`` (the name of the list they are from),
        ``moved`` (whether a later list, in force by ``last``, has it more than 5 km away), and the other columns of the list.

    Raises:
        InputError: If no list has valid coordinates.
    """
    in_force = max((one for one in lists if one.day <= first), key=lambda one: one.day, default=lists[0])
    others = sorted((one for one in lists if one is not in_force), key=lambda one: abs((one.day - first).days))
    valid = {one.name: _valid(one) for one in lists}
    located = pd.concat([valid[one.name] for one in (in_force, *others)])
    if located.empty:
        swapped = sum(int(_in_china(one.stations["latitude"], one.stations["longitude"]).sum()) for one in lists)
        hint = f"; in {swapped} rows longitude and latitude appear to be swapped" if swapped else ""
        raise InputError(
            f"{in_force.name}: no station has coordinates in China, in degrees{hint}; correct the station list."
        )
    located = located[~located.index.duplicated()]
    moved = pd.Series(False, located.index)
    for one in lists:
        if in_force.day < one.day <= last:
            moved |= _distance(located, valid[one.name].reindex(located.index)) > _MOVED_KM
    return located.assign(moved=moved)


def _valid(one: StationList) -> pd.DataFrame:
    """First row with valid coordinates of every station."""
    stations = one.stations[_in_china(one.stations["longitude"], one.stations["latitude"])]
    return stations[~stations.index.duplicated()].assign(list=one.name)


def _in_china(longitude: pd.Series, latitude: pd.Series) -> pd.Series:
    return longitude.between(_WEST, _EAST) & latitude.between(_SOUTH, _NORTH)


def _distance(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Distances in km, accurate for a few km; NaN where one is missing."""
    north = other["latitude"] - one["latitude"]
    east = (other["longitude"] - one["longitude"]) * np.cos(np.radians(one["latitude"]))
    return np.hypot(north, east) * 111.2
