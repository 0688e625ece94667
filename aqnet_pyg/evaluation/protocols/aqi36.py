"""Files of the 36 stations in Beijing that two published protocols use (ST-MVL; Yi et al., IJCAI 2016)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.stations import make_station_data

TIME_ZONE = "Asia/Shanghai"
"""Zone of the times in the files."""

LABELS_AHEAD = pd.Timedelta("9h")
"""Labels of ``pm25_ground.txt`` minus the ends of the hours in UTC: eight hours of Beijing time, and one hour late."""

TEST_MONTHS = (3, 6, 9, 12)

VALIDATION_MONTHS, VALIDATION_DAY = (2, 5, 8, 11), 22
"""Validation is from this day to the end of these months: a part of every season, next to the test months."""


def find_file(folder: Path, name: str, siblings: tuple[str, ...]) -> Path:
    """Return the path of a file in a folder, in a named folder inside it, or in a named folder beside it.

    Args:
        folder: The data folder.
        name: Name of the file.
        siblings: Names of further folders, inside or beside the data folder.

    Raises:
        InputError: If no such file exists.
    """
    folders = [folder, *(folder / sibling for sibling in siblings), *(folder.parent / sibling for sibling in siblings)]
    for path in folders:
        if (path / name).is_file():
            return path / name
    raise InputError(
        f"{folder}: {name} is neither in it nor in a folder {' or '.join(siblings)} in or beside it; name the folder with --data."
    )


def station_positions(folder: Path) -> pd.DataFrame:
    """Return longitudes and latitudes of the stations, by code (``001001``), in the order of ``pm25_latlng.txt``."""
    path = find_file(folder, "pm25_latlng.txt", ("aqi36",))
    return pd.read_csv(path, dtype={"sensor_id": str}).set_index("sensor_id")[["longitude", "latitude"]]


def sample_data(folder: Path, name: str = "pm25_ground.txt") -> xr.Dataset:
    """Return the PM2.5 of a file of the sample as station data; its labels are Beijing time, one hour late.

    Args:
        folder: The data folder.
        name: ``pm25_ground.txt``, or ``pm25_missing.txt`` with fewer of the same values.

    Raises:
        InputError: If a file does not exist, or its stations are not those of ``pm25_latlng.txt``.
    """
    stations = station_positions(folder)
    path = find_file(folder, name, ("aqi36",))
    values = pd.read_csv(path, index_col="datetime", parse_dates=["datetime"], date_format="%Y/%m/%d %H:%M:%S")
    if set(values) != set(stations.index):
        raise InputError(f"{path}: its stations are not those of pm25_latlng.txt; give files of one sample.")
    return make_station_data(
        {"pm25": values[list(stations.index)].to_numpy()},
        # One hour late, and eight hours ahead of UTC.
        pd.DatetimeIndex(values.index) - LABELS_AHEAD,
        stations,
        time_zone=TIME_ZONE,
        source="ST-MVL sample: 36 stations in Beijing",
    )


def sample_hours(data: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the hours of training, validation and test as in the GRIN paper, each bool, shape ``[time]``.

    The test is every third month, by the labels of the files; the last days of the months before are for validation.

    Args:
        data: Station data from :func:`sample_data`.
    """
    labels = pd.DatetimeIndex(data.indexes["time"]) + LABELS_AHEAD
    test = np.isin(labels.month, TEST_MONTHS)
    validation = np.isin(labels.month, VALIDATION_MONTHS) & (labels.day >= VALIDATION_DAY)
    return {"train": ~test & ~validation, "validation": validation, "test": test}


def refuse_options(request: Request, protocol: str) -> None:
    """Raise an error if an option would change a published protocol.

    Args:
        request: Options of the cases.
        protocol: Name of the protocol, for the message.

    Raises:
        InputError: With the name of the option.
    """
    given = {"target": request.target != "pm25", "hidden": request.hidden is not None, "known": bool(request.known)}
    given |= dict.fromkeys(request.dates, True)
    for name, is_set in given.items():
        if is_set:
            raise InputError(f"{name}: the stations, hours and pollutant of {protocol} are fixed; omit this option.")
