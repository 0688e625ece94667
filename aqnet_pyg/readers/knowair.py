"""Reader of KnowAir, the data set of PM2.5-GNN: an array of PM2.5 and weather at Chinese cities every three hours."""

from __future__ import annotations

import zipfile
from pathlib import Path
from tokenize import TokenError

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.collect import collect
from aqnet_pyg.readers.files.archive import PathLike
from aqnet_pyg.readers.read_report import ReadReport

_START = pd.Timestamp("2015-01-01")
"""First time of the array, UTC."""

_STEP = pd.Timedelta(3, "h")


def read_knowair(path: PathLike, stations: PathLike) -> tuple[xr.Dataset, ReadReport]:
    """Read KnowAir, the data set of PM2.5-GNN (doi 10.1145/3397536.3422208).

    Args:
        path: The file ``KnowAir.npy``, an array of shape ``[time, city, variable]`` every three hours from 2015-01-01 00:00
            UTC, or its folder. PM2.5 is the last variable.
        stations: The list ``city.txt`` of the same data set: number, name, longitude and latitude of each city.

    Returns:
        Station data (UTC), and the read report. The values stay at their hours; the two hours between are empty. Weather is not
        read.

    Raises:
        InputError: If the file is not such an array, or the list has another number of cities.
    """
    file = Path(path) / "KnowAir.npy" if Path(path).is_dir() else Path(path)
    report = ReadReport(str(path))
    values = _load(file)
    cities = _cities(Path(stations))
    if values.shape[1] != len(cities):
        raise InputError(
            f"{stations}: {len(cities)} cities, but {file.name} has {values.shape[1]}; use the list of the same data set."
        )
    time = pd.date_range(_START, periods=len(values), freq=_STEP)
    pm25 = np.asarray(values[:, :, -1], np.float64)
    frame = pd.DataFrame(
        {
            "station": np.tile(cities.index.to_numpy(object), len(time)),
            "time": np.repeat(time.to_numpy("datetime64[s]"), len(cities)),
            "variable": "pm25",
            "value": pm25.ravel(),
        }
    )
    dataset = collect(
        [(file.name, frame)],
        report,
        time_zone="Asia/Shanghai",
        source="KnowAir, doi 10.1145/3397536.3422208",
        stations=cities,
    )
    report.notes.append("times are UTC, every third hour from 2015-01-01 00:00; the array itself does not give them.")
    return dataset, report


def _load(file: Path) -> np.ndarray:
    try:
        values = np.load(file, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such file or folder; give KnowAir.npy or its folder.") from None
    except (OSError, ValueError, EOFError, SyntaxError, TokenError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{file}: not an array of numbers ({str(error).splitlines()[0][:80]}); download it again."
        ) from error
    if not isinstance(values, np.ndarray) or values.ndim != 3 or values.dtype.kind not in "fiu" or not values.size:
        found = f"shape {values.shape}" if isinstance(values, np.ndarray) else "several arrays"
        raise InputError(
            f"{file}: {found} instead of an array of numbers of shape [time, city, variable]; use KnowAir.npy."
        )
    return values


def _cities(file: Path) -> pd.DataFrame:
    """Table of the cities, indexed by their names."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: the list of cities cannot be read ({error}); give city.txt.") from error
    rows = [line.split() for line in lines if line.strip()]
    table = pd.DataFrame([row for row in rows if len(row) == 4], columns=["number", "station", "longitude", "latitude"])
    for name in ("number", "longitude", "latitude"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    ordered = 0 < len(table) == len(rows) and table["number"].tolist() == list(range(len(rows)))
    if not ordered or table[["longitude", "latitude"]].isna().any(axis=None) or table["station"].duplicated().any():
        raise InputError(
            f"{file}: not lines with number (from 0), name, longitude and latitude of a city; give city.txt."
        )
    return table.set_index("station")[["longitude", "latitude"]]
