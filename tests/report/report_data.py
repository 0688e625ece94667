"""Synthetic results in the format of reanalyze(): predictions with errors of known size."""

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.stations import make_station_data


def synthetic_stations(count=30, hours=48, city="Beijing", seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"longitude": rng.uniform(112, 118, count), "latitude": rng.uniform(36, 41, count), "city": city},
        index=[f"S{number:04d}" for number in range(count)],
    )
    time = pd.date_range("2025-01-01", periods=hours, freq="h")
    values = rng.uniform(20, 90, (hours, count))
    return make_station_data(
        {"pm25": values}, time, table, time_zone="Asia/Shanghai", source="synthetic data for tests"
    )


def synthetic_result(count=30, hours=48, city="Beijing", hidden=None, lead=0, seed=0):
    """By default, every third station is hidden; a forecast of ``lead`` hours is issued every twelve hours."""
    stations = synthetic_stations(count, hours + lead, city, seed)
    measured = stations.pm25
    if lead:
        issued = stations.time.values[:hours:12]
        valid = issued[:, None] + np.arange(1, lead + 1) * np.timedelta64(1, "h")
        axes = {
            "forecast_reference_time": issued,
            "lead": np.arange(1, lead + 1, dtype=np.int32),
            "time": (("forecast_reference_time", "lead"), valid),
        }
        dims = ("forecast_reference_time", "lead")
        stations, measured = stations.drop_vars("time"), measured.reindex(time=np.unique(valid)).sel(time=valid.ravel())
    else:
        axes, dims = {"time": stations.time.values}, ("time",)
    sizes = [len(axes[name]) for name in dims] + [count]
    rng = np.random.default_rng(seed + 1)
    known = measured.values.reshape(sizes)
    value = known + rng.normal(0, 10, sizes).astype(np.float32)
    visible = np.arange(count) % 3 > 0 if hidden is None else ~stations.station.isin(list(hidden)).values
    dims = (*dims, "station")
    attrs = {"units": "ug m-3", "long_name": "PM2.5"}
    fields = {
        "pm25": (dims, value, attrs),
        "pm25_lower": (dims, np.maximum(value - 16.45, 0).astype(np.float32), attrs),
        "pm25_upper": (dims, (value + 16.45).astype(np.float32), attrs),
        "pm25_measured": (dims, known, attrs),
        "visible": ("station", visible.astype(np.int8)),
        "station_distance": ("station", rng.uniform(0.5, 60, count).astype(np.float32), {"units": "km"}),
    }
    coords = axes | {name: coord for name, coord in stations.coords.items() if coord.dims == ("station",)}
    about = {"time_zone": "Asia/Shanghai", "task": "forecast" if lead else "reconstruct"}
    return xr.Dataset(fields, coords, about)


def synthetic_grid(stations, west=110.0, east=121.0, seed=1):
    """A field on the hours of a result or of station data, with intervals that become wider to the north."""
    longitude, latitude = np.arange(west, east, 0.5), np.arange(34.0, 43.0, 0.5)
    time = stations.pm25.dims[: stations.pm25.ndim - 1] if "lead" in stations.dims else ("time",)
    dims = (*time, "latitude", "longitude")
    sizes = [stations.sizes[name] for name in time] + [latitude.size, longitude.size]
    value = np.random.default_rng(seed).uniform(20, 90, sizes)
    half = np.broadcast_to((latitude - latitude[0])[:, None], sizes)
    coords = {name: stations[name] for name in time} | {"latitude": latitude, "longitude": longitude}
    if "lead" in time:
        coords["time"] = stations.time
    return xr.Dataset(
        {"pm25": (dims, value), "pm25_lower": (dims, value - half), "pm25_upper": (dims, value + half)}, coords
    )


def drawn_aspect(figure):
    """Lay out and draw a figure, without writing pixels; returns height over width."""
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    return height / width


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


def layers(ax):
    """Collections of a map without coasts and borders."""
    return [each for each in ax.collections if each.get_gid() != "borders"]
