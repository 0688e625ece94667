"""Predictions as data sets that follow the CF conventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.graph import great_circle_distance, knn_edges
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.stations import EARTH_RADIUS_KM, variable_attributes

INTERVAL = (0.05, 0.95)
"""Levels of the ends of the 90 % interval."""


@dataclass(frozen=True)
class Axes:
    """Time axes of a prediction.

    Args:
        dims: Names of the dimensions.
        coords: Coordinates by name, including the valid ``time``.
    """

    dims: tuple[str, ...]
    coords: dict[str, xr.Variable]

    @property
    def time(self) -> np.ndarray:
        """Valid time of each value, UTC, in the shape of the axes."""
        return self.coords["time"].values

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.time.shape


def reconstruction_axes(time: xr.DataArray) -> Axes:
    """Return the single axis of a reconstruction, the hours."""
    return Axes(("time",), {"time": time.variable.to_base_variable()})


def forecast_axes(issued: np.ndarray, horizon: int) -> Axes:
    """Return the two axes of forecasts: the last hour of the history, and the hours ahead.

    Args:
        issued: The last hours of the histories, UTC, shape ``[forecast]``.
        horizon: Hours of each forecast.
    """
    dims = ("forecast_reference_time", "lead")
    ahead = np.arange(1, horizon + 1, dtype=np.int32)
    valid = issued[:, None] + ahead * np.timedelta64(1, "h")
    about = {"standard_name": "forecast_reference_time", "long_name": "end of the last hour of the history, UTC"}
    return Axes(
        dims,
        {
            dims[0]: xr.Variable(dims[:1], issued, about),
            dims[1]: xr.Variable(dims[1:], ahead, {"standard_name": "forecast_period", "units": "hours"}),
            "time": xr.Variable(dims, valid, {"standard_name": "time", "long_name": "end of the averaging hour, UTC"}),
        },
    )


@dataclass(frozen=True)
class Places:
    """Places of predictions, and their distances to the nearest visible station.

    Args:
        visible: Whether the measurements of a station are inputs, shape ``[station]``.
        cells: Longitude and latitude of the cells in degrees, shape ``[cell, 2]``.
        station_km: Distances of the stations to the nearest other visible one, shape ``[station]``, float32.
        cell_km: Distances of the cells, likewise.
    """

    visible: np.ndarray
    cells: np.ndarray
    station_km: np.ndarray
    cell_km: np.ndarray

    @classmethod
    def of(cls, stations: xr.Dataset, visible: np.ndarray, grid: Grid | None) -> Places:
        """Compute the distances of stations and cells.

        Args:
            stations: Station data.
            visible: Whether the measurements of a station are inputs, bool, shape ``[station]``.
            grid: Grid of the cells; None for no cells.
        """
        pos = torch.from_numpy(np.stack([stations.longitude.values, stations.latitude.values], axis=1))
        cells = torch.from_numpy(np.empty((0, 2)) if grid is None else grid.pos)

        def away(targets: Tensor | None) -> np.ndarray:
            nearest, target = knn_edges(pos, 1, visible=torch.from_numpy(visible), pos_dst=targets)
            return (
                great_circle_distance(pos[nearest], (pos if targets is None else targets)[target])
                .numpy()
                .astype(np.float32)
            )

        return cls(visible, cells.numpy(), away(None), away(cells) if len(cells) else np.empty(0, np.float32))


def station_product(model: TrainedModel, values: Any, stations: xr.Dataset, places: Places, axes: Axes) -> xr.Dataset:
    """Combine predictions at stations with the measurements.

    Args:
        model: The model that predicted.
        values: Predictions and spreads, ``[2, *axes, station]``, NumPy or dask.
        stations: Station data that the model read.
        places: The stations.
        axes: The time axes.
    """
    target = model.target
    measured = stations[target].transpose("time", "station")
    hours = measured.reindex(time=np.unique(axes.time)).sel(time=axes.time.ravel())
    attrs = {name: value for name, value in measured.attrs.items() if name != "ancillary_variables"}
    flag = {
        "long_name": "whether the measurements of the station were inputs",
        "flag_values": np.array([0, 1], np.int8),
        "flag_meanings": "hidden visible",
    }
    km = places.station_km
    if model.window.task.own_history:
        km = np.where(places.visible, np.float32(0), km)
    dims = (*axes.dims, "station")
    fields = _fields(model, values, km, dims, values.shape[1:])
    known = hours.data.reshape(values.shape[1:])
    if not isinstance(values, np.ndarray):
        known = known.rechunk(values.chunks[1:])
    fields[f"{target}_measured"] = (dims, known, attrs)
    fields["visible"] = ("station", places.visible.astype(np.int8), flag)
    fields["station_distance"] = ("station", km, _DISTANCE)
    return xr.Dataset(
        fields,
        axes.coords
        | {name: value for name, value in stations.coords.items() if value.dims == ("station",) and name not in fields},
        _attributes(model, stations) | {"featureType": "timeSeries"},
    )


def grid_product(
    model: TrainedModel, values: Any, stations: xr.Dataset, grid: Grid, places: Places, axes: Axes
) -> xr.Dataset:
    """Combine predictions on a grid with the distances to the nearest visible station.

    Args:
        model: The model that predicted.
        values: Predictions and spreads, ``[2, *axes, cell]``, and the background as a third where there is one; NumPy or dask.
        stations: Station data that the model read.
        grid: Grid of the cells.
        places: The cells.
        axes: The time axes.
    """
    shape = grid.latitude.size, grid.longitude.size
    sphere = {
        "grid_mapping_name": "latitude_longitude",
        "semi_major_axis": 1000 * EARTH_RADIUS_KM,
        "inverse_flattening": 0.0,
    }
    north = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    east = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    dims = ("latitude", "longitude")
    fields = _fields(model, values, places.cell_km, (*axes.dims, *dims), (*axes.shape, *shape))
    fields["station_distance"] = (dims, places.cell_km.reshape(shape), dict(_DISTANCE))
    for _, _, attrs in fields.values():
        attrs["grid_mapping"] = "crs"
    fields["crs"] = ((), np.int32(0), sphere)
    return xr.Dataset(
        fields,
        axes.coords
        | {"latitude": ("latitude", grid.latitude, north), "longitude": ("longitude", grid.longitude, east)},
        _attributes(model, stations),
    )


_DISTANCE = {"long_name": "great-circle distance to the nearest visible station", "units": "km"}


def _fields(
    model: TrainedModel, values: Any, km: np.ndarray, dims: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, Any]:
    """Return the variables of the prediction and of its uncertainty."""
    target = model.target
    attrs = variable_attributes(target)
    value, spread, *background = values
    label, units = attrs["long_name"], attrs["units"]
    others = {"spread": (spread, {"long_name": f"{label}: standard deviation of the prediction", "units": units})}
    if model.intervals is not None:
        horizon = model.window.horizon
        # [lead, 1] before the targets: hours ahead are on the axis before the last.
        lead = np.arange(1, horizon + 1, dtype=np.float32)[:, None] if horizon else np.float32(0)
        for name, level in zip(("lower", "upper"), INTERVAL, strict=True):
            end = _quantile(value, spread, model.intervals, km, lead, level)
            others[name] = end, {"long_name": f"{label}: {level:.0%} quantile", "units": units}
    names = [*(f"{target}_{name}" for name in others), "station_distance"]
    for kriging in background:
        others["background"] = kriging, {"long_name": f"{label}: ordinary kriging of the measurements", "units": units}
    fields = {target: (dims, value.reshape(shape), attrs | {"ancillary_variables": " ".join(names)})}
    return fields | {f"{target}_{name}": (dims, array.reshape(shape), about) for name, (array, about) in others.items()}


def _quantile(value: Any, spread: Any, intervals: ConformalIntervals, km: np.ndarray, lead: Any, level: float) -> Any:
    if not isinstance(value, np.ndarray):
        from dask.array import from_array

        # The last axis is that of the targets, which may be chunked too.
        distance = from_array(km, value.chunks[-1:])
        return value.map_blocks(_quantile, spread, intervals, distance, lead, level, dtype=np.float32)
    return intervals.quantiles(value, spread, km, lead, (level,))[0].astype(np.float32)


_NAMES = {
    "network": "AQ-Net",
    "kriging": "Ordinary kriging",
    "krigings": "Ensemble of krigings",
    "ensemble": "Ensemble of krigings and AQ-Nets",
    "module": "PyTorch Geometric model",
}


def _attributes(model: TrainedModel, stations: xr.Dataset) -> dict[str, Any]:
    window = model.window
    return {
        "Conventions": "CF-1.11",
        "title": f"{_NAMES[model.kind]}: {window.task.product} of {model.target}",
        "source": f"{_NAMES[model.kind]} of {stations.attrs.get('source', 'station data')}",
        "task": window.task.name,
        "history_hours": window.history,
        "time_zone": stations.attrs["time_zone"],
        "model": model.kind,
        **_neighbors(model),
    }


def _neighbors(model: TrainedModel) -> dict[str, int]:
    """Return the number of neighbors; empty for a user-defined graph, whose neighbors are unknown."""
    if model.kind != "network":
        return {}
    from aqnet_pyg.graph import KNNGraphBuilder  # not above: PyTorch Geometric takes seconds

    graph = model.network.graph
    return {"neighbors": graph.k} if isinstance(graph, KNNGraphBuilder) else {}
