"""Hidden stations in Beijing as in the INCREASE paper (Zheng et al., WWW 2023, doi 10.1145/3543507.3583525)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.aqi36 import TIME_ZONE, find_file, refuse_options, station_positions
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol
from aqnet_pyg.stations import make_station_data

with optional_imports():
    import h5py

SHARES = (4906, 1226, 2628)
"""Hours for training, validation and test, in this order (56, 14 and 30 % of the year)."""


class IncreaseBeijing(ReconstructionProtocol):
    """Nine of 36 stations are hidden; the first 70 % of the year are for training and validation, the rest for the test.

    ``Beijing.h5`` (written by pandas, read here as plain HDF5) has PM2.5 with 0 for missing values; ``test_node.npy`` has
    the positions of the hidden stations. The file has no coordinates: they come from ``pm25_latlng.txt`` of the same
    stations in the ST-MVL sample, in the folder, or in a folder ``aqi36`` inside or beside it. If ``distance.npy`` exists,
    the distances between those coordinates must agree with it: in the published files they do, to 0.15 km or 0.12 %, since
    they were computed with a larger radius of the Earth. Hours are labeled by their end, in Beijing time.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return the case."""
        refuse_options(request, "increase-beijing")
        path = find_file(request.folder, "Beijing.h5", ("increase_beijing",))
        time, values = _read(path)
        stations = station_positions(request.folder)
        if values.shape[1] != len(stations):
            raise InputError(
                f"{path}: it has {values.shape[1]} stations, but pm25_latlng.txt has {len(stations)}; give files of one network."
            )
        _check_distances(path.with_name("distance.npy"), stations)
        hidden = np.load(find_file(path.parent, "test_node.npy", ()), allow_pickle=False)
        data = make_station_data(
            {"pm25": np.where(values > 0, values, np.nan)},
            time - pd.Timedelta("8h"),
            stations,
            time_zone=TIME_ZONE,
            source="INCREASE: 36 stations in Beijing",
        )
        hours, bounds = np.arange(data.sizes["time"]), np.cumsum([0, *_shares(data.sizes["time"])])
        parts = [(hours >= first) & (hours < last) for first, last in pairwise(bounds)]
        return [Case("beijing", data, "pm25", tuple(sorted(stations.index[hidden])), *parts)]


def _read(path: Path) -> tuple[pd.DatetimeIndex, np.ndarray]:
    try:
        with h5py.File(path) as file:
            return pd.DatetimeIndex(file["data/axis1"][:].astype("datetime64[ns]")), file["data/block0_values"][:]
    except (OSError, KeyError) as error:
        raise InputError(f"{path}: it has no pandas table 'data' ({error}); give the published file.") from None


def _check_distances(path: Path, stations: pd.DataFrame) -> None:
    if not path.is_file():
        return
    theirs = np.load(path, allow_pickle=False)
    places = (stations["longitude"].to_numpy(), stations["latitude"].to_numpy())
    ours = distance_matrix_km(places, places)
    if theirs.shape != ours.shape or not np.allclose(theirs, ours, rtol=5e-3, atol=0.05):
        raise InputError(
            f"{path}: its distances differ from those between the stations of pm25_latlng.txt; give files of the same network."
        )


def _shares(hours: int) -> tuple[int, int, int]:
    """Return the published numbers of hours; for other data, the same shares."""
    if hours == sum(SHARES):
        return SHARES
    train, validation = (round(hours * share / sum(SHARES)) for share in SHARES[:2])
    return train, validation, hours - train - validation
