"""Predictions as CF data sets: what they are, where, when, and in which units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr

from aqnet_pyg.datasets import Window
from aqnet_pyg.graph import great_circle_km, knn_edges
from aqnet_pyg.grid import Grid
from aqnet_pyg.stations import EARTH_RADIUS_KM, variable_attributes

__all__ = ["Axes", "forecast_axes", "grid_product", "reconstruction_axes", "station_product"]


@dataclass(frozen=True)
class Axes:
    """The axes of time of a prediction.

    Args:
        dims: Names.
        coords: Coordinates, the valid ``time`` among them.
    """

    dims: tuple[str, ...]
    coords: dict[str, xr.Variable]

    @property
    def time(self) -> np.ndarray:
        """The hour that each value is for, shape as the axes."""
        return self.coords["time"].values

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.time.shape


def reconstruction_axes(time: xr.DataArray) -> Axes:
    """One axis: the hours themselves."""
    return Axes(("time",), {"time": time.variable.to_base_variable()})


def forecast_axes(issued: np.ndarray, horizon: int) -> Axes:
    """Two axes: the last hour that was known, and the hours since."""
    dims = ("forecast_reference_time", "lead")
    ahead = np.arange(1, horizon + 1, dtype=np.int32)
    valid = issued[:, None] + ahead * np.timedelta64(1, "h")
    about = {"standard_name": "forecast_reference_time", "long_name": "end of the last hour that was known, UTC"}
    return Axes(
        dims,
        {
            dims[0]: xr.Variable(dims[:1], issued, about),
            dims[1]: xr.Variable(dims[1:], ahead, {"standard_name": "forecast_period", "units": "hours"}),
            "time": xr.Variable(dims, valid, {"standard_name": "time", "long_name": "end of the averaging hour, UTC"}),
        },
    )


def station_product(
    target: str, values: np.ndarray, stations: xr.Dataset, visible: np.ndarray, axes: Axes, window: Window
) -> xr.Dataset:
    """Predictions at stations, beside what was measured there.

    Args:
        target: The pollutant.
        values: Shape ``[*axes, station]``.
        stations: Station data that the model read.
        visible: Whether the measurements of a station were inputs, shape ``[station]``.
        axes: Of time.
        window: Of the model.
    """
    measured = stations[target].transpose("time", "station")
    hours = measured.reindex(time=np.unique(axes.time)).sel(time=axes.time.ravel())
    attrs = {name: value for name, value in measured.attrs.items() if name != "ancillary_variables"}
    flag = {
        "long_name": "whether the measurements of the station were inputs",
        "flag_values": np.array([0, 1], np.int8),
        "flag_meanings": "hidden visible",
    }
    return xr.Dataset(
        {
            target: ((*axes.dims, "station"), values, variable_attributes(target)),
            f"{target}_measured": ((*axes.dims, "station"), hours.values.reshape(values.shape), attrs),
            "visible": ("station", visible.astype(np.int8), flag),
        },
        axes.coords | {name: value for name, value in stations.coords.items() if value.dims == ("station",)},
        _attributes(target, stations, window) | {"featureType": "timeSeries", "time_zone": stations.attrs["time_zone"]},
    )


def grid_product(
    target: str,
    values: np.ndarray,
    grid: Grid,
    stations: xr.Dataset,
    visible: np.ndarray,
    axes: Axes,
    window: Window,
) -> xr.Dataset:
    """Predictions on a grid, with the distance to the nearest visible station; arguments as :func:`station_product`.

    Args:
        target: The pollutant.
        values: Shape ``[*axes, cell]``.
        grid: Where the cells are.
        stations: Station data that the model read.
        visible: Whether the measurements of a station were inputs, shape ``[station]``.
        axes: Of time.
        window: Of the model.
    """
    rows, columns = grid.latitude.size, grid.longitude.size
    pos = torch.from_numpy(np.stack([stations.longitude.values, stations.latitude.values], axis=1))
    nearest, cell = knn_edges(pos, 1, visible=torch.from_numpy(visible), pos_dst=grid.pos)
    km = great_circle_km(pos[nearest], grid.pos[cell]).view(rows, columns).numpy().astype(np.float32)
    sphere = {
        "grid_mapping_name": "latitude_longitude",
        "semi_major_axis": 1000 * EARTH_RADIUS_KM,
        "inverse_flattening": 0.0,
    }
    field = variable_attributes(target) | {"grid_mapping": "crs", "ancillary_variables": "station_distance"}
    away = {"long_name": "great-circle distance to the nearest visible station", "units": "km", "grid_mapping": "crs"}
    north = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    east = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    return xr.Dataset(
        {
            target: ((*axes.dims, "latitude", "longitude"), values.reshape(*axes.shape, rows, columns), field),
            "station_distance": (("latitude", "longitude"), km, away),
            "crs": ((), np.int32(0), sphere),
        },
        axes.coords
        | {"latitude": ("latitude", grid.latitude, north), "longitude": ("longitude", grid.longitude, east)},
        _attributes(target, stations, window),
    )


def _attributes(target: str, stations: xr.Dataset, window: Window) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.11",
        "title": f"AQ-Net {'reanalysis' if window.task == 'reconstruct' else 'forecast'} of {target}",
        "source": f"AQ-Net over {stations.attrs.get('source', 'station data')}",
        "task": window.task,
        "history_hours": window.history,
    }
