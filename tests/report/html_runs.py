"""Small synthetic run folders of `aqnet reanalyze`."""

import base64
import gzip
import json

import numpy as np
import xarray as xr
from report.report_data import synthetic_grid, synthetic_result

from aqnet_pyg import AQNet, Grid, Window, reanalyze, simulate
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.io.files import write_dataset, write_json

METRICS = {
    "dataset": "synthetic data for tests",
    "seed": 0,
    "settings": {"source": "table", "path": None, "model": {"channels": 32, "graph": None}},
    "reader": {"source": "archive.zip", "files_read": 3, "skipped": [{"file": "b.csv", "reason": "it is empty"}]},
    "split": {
        "stations": {"visible": 20, "hidden": 10},
        "hidden": ["S0000"],
        "time": {"train": ["2025-01-01", "2025-01-02"]},
    },
    "tasks": {
        "reconstruct": {"stations": {"ensemble": {"mae": 1.234, "rmse": 2.0, "r2": 0.9, "n": 1000}}, "grid": None}
    },
    "versions": {"python": "3.11"},
}


def with_distances(grid):
    km = xr.full_like(grid.pm25.isel({axis: 0 for axis in grid.pm25.dims[:-2]}, drop=True), 30.0)
    return grid.assign(station_distance=km)


def synthetic_run(neighbors=4, **options):
    stations = synthetic_result(**options)
    return stations.assign_attrs(neighbors=neighbors), with_distances(synthetic_grid(stations))


def write_run(folder, stations, grid=None, metrics=METRICS):
    write_dataset(stations, folder / "stations.nc")
    if grid is not None:
        write_dataset(grid, folder / "grid.nc")
    write_json(metrics, folder / "metrics.json")
    return folder


def simulated_run(folder, window=None):
    """An untrained network (ordinary kriging), calibrated at some stations."""
    data, _ = simulate(days=4, stations=24, truth=False)
    windows = StationDataset(data, window or Window(12, margin=2))
    model = AQNet(windows.window, windows.scaler, k=5)
    codes = [str(code) for code in data.station.values]
    calibrated = calibrate(model, data, [codes[:5]])
    stations, grid = reanalyze(calibrated, data, hidden=codes[5:8], grid=Grid.around(data, 2.0))
    return write_run(folder, stations, grid, METRICS | {"dataset": data.attrs["source"], "reader": None})


def unpack(index, text):
    """Unpack arrays as the script of the page does, with NaN where missing."""
    stream = np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8).reshape(2, -1).astype(np.int64)
    steps = stream[0] + 256 * stream[1]
    arrays, start = {}, 0
    for one in index:
        size = int(np.prod(one["shape"]))
        differences = steps[start : start + size].reshape(one["shape"])
        whole = np.cumsum(differences, axis=0).astype(np.uint16).view(np.int16)
        arrays[one["name"]] = np.where(whole == -32768, np.nan, whole * one["step"])
        start += size
    return arrays


def script_data(page):
    """Metadata and packed values of the page."""
    about = page.split('id="about">')[1].split("</script>")[0]
    values = page.split('id="values">')[1].split("</script>")[0]
    return json.loads(about), values
