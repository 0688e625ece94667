"""Small files in the formats of published protocols, and requests for cases."""

import h5py
import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS

CODES = [f"0010{number:02d}" for number in range(1, 37)]
DATES = {"train": "2016-12-01/2016-12-02", "validation": "2016-12-03", "test": "2016-12-04"}


def request(folder, **options):
    return Request(folder, lambda: pytest.fail("these protocols read their own files"), **options)


def write_positions(folder, seed=0):
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(116, 117, 36), rng.uniform(39.5, 40.5, 36)
    table = pd.DataFrame({"sensor_id": CODES, "latitude": latitude, "longitude": longitude})
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "pm25_latlng.txt", index=False)
    return longitude, latitude


def write_increase(folder, hours=240, radius=6378.137):
    """As pandas wrote it in 2015: a pickled frequency among the attributes, which must not be loaded."""
    folder.mkdir(exist_ok=True)
    coordinates = write_positions(folder.parent / "aqi36")
    values = np.random.default_rng(1).integers(1, 300, (hours, 36)).astype(float)
    values[5, 3] = 0
    with h5py.File(folder / "Beijing.h5", "w") as file:
        time = pd.date_range("2014-05-01", periods=hours, freq="h").to_numpy("datetime64[ns]").astype(np.int64)
        file["data/axis1"] = time
        file["data/axis1"].attrs["freq"] = np.bytes_(b"cos\nsystem\n(S'false'\ntR.")
        file["data/block0_values"] = values
    np.save(folder / "test_node.npy", np.array([7, 2, 30]))
    distance = distance_matrix_km(coordinates, coordinates) * radius / 6371.0088
    np.save(folder / "distance.npy", distance.astype(np.float32))
    return values


def write_grin(folder):
    write_positions(folder)
    labels = pd.date_range("2014-05-01 01:00", "2014-07-02 00:00", freq="h").delete(100)
    values = pd.DataFrame(np.random.default_rng(0).integers(1, 300, (len(labels), 36)), labels, CODES).astype("Int64")
    values.iloc[50, 13] = pd.NA
    values.index = labels.strftime("%Y/%m/%d %H:%M:%S")
    values.to_csv(folder / "pm25_ground.txt", index_label="datetime")
    return values


def folds(tmp_path, data, **options):
    return PROTOCOLS["station-folds"].cases(Request(tmp_path, lambda: data, **{"dates": DATES} | options))
