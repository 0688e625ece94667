"""Trained model + station data (+ grid) → concentrations at stations and on a grid, as xarray."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import Features, great_circle_km, knn_edges
from aqnet_pyg.nn import AQNet, Encoded
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["Grid", "reanalyze"]

CELLS_AT_ONCE = 2000
"""Grid cells that are asked together: bounds the memory, whatever the grid."""


@dataclass(frozen=True)
class Grid:
    """Centres of the cells of a regular grid.

    Args:
        longitude: Degrees east, ascending.
        latitude: Degrees north, ascending.
    """

    longitude: np.ndarray
    latitude: np.ndarray

    @classmethod
    def around(cls, stations: xr.Dataset, spacing: float = 0.25) -> Grid:
        """A grid over all stations, on multiples of the spacing.

        Args:
            stations: Station data.
            spacing: In degrees.

        Raises:
            InputError: If the spacing is not positive or so small that the grid has over 10 million cells.
        """
        if not spacing > 0:
            raise InputError(f"spacing: {spacing} degrees were given; use a positive number.")

        def axis(values: np.ndarray) -> np.ndarray:
            first, last = math.floor(values.min() / spacing), math.ceil(values.max() / spacing)
            return np.round(np.arange(first, last + 1) * spacing, 9)

        grid = cls(axis(stations.longitude.values), axis(stations.latitude.values))
        if grid.longitude.size * grid.latitude.size > 10_000_000:
            raise InputError(
                f"spacing: {spacing} degrees make {grid.longitude.size} x {grid.latitude.size} cells; use a wider spacing."
            )
        return grid

    @property
    def pos(self) -> Tensor:
        """Longitude and latitude of the cells in degrees, shape ``[cells, 2]``, rows of one latitude after another."""
        latitude, longitude = np.meshgrid(self.latitude, self.longitude, indexing="ij")
        return torch.from_numpy(np.stack([longitude.ravel(), latitude.ravel()], axis=1))


@torch.no_grad()
def reanalyze(
    model: AQNet,
    stations: xr.Dataset,
    *,
    hidden: Collection[str] = (),
    grid: Grid | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    stride: int = 24,
    device: str | torch.device = "cpu",
    progress: Callable[[Iterable, int], Iterable] | None = None,
) -> tuple[xr.Dataset, xr.Dataset | None]:
    """Predict at every station, and at every cell of a grid.

    To *reconstruct*, windows are laid side by side, and every hour of the period is predicted once; at a visible station
    the value is what its neighbours say of it. To *forecast*, one is issued every ``stride`` hours, wherever history and
    horizon fit into the period.

    Args:
        model: A trained model; its window decides the task.
        stations: Station data; hours outside the period serve as context.
        hidden: Codes of stations whose measurements are not to be looked at.
        grid: Where else to predict.
        start: First hour to predict (UTC), or the earliest last hour of a forecast's history; default the first there is.
        end: Last hour to predict; default the last there is.
        stride: Hours between forecasts.
        device: Where to compute.
        progress: Wraps the loop over windows and is told their number, such as a progress bar.

    Returns:
        Station data and grid (or None). The target pollutant has the dimensions ``(time, station)`` and
        ``(time, latitude, longitude)``; in a forecast ``(forecast_reference_time, lead, ...)``, with the valid ``time``
        as a coordinate. NaN where no neighbour had measured. The station data also hold what was measured, as
        ``<pollutant>_measured``.

    Raises:
        InputError: If no window fits, a variable is missing or fewer stations are visible than the model has neighbours.
    """
    model = model.to(device).eval()
    window = model.window
    stations = stations.sortby("station")
    visible = stations.sizes["station"] - len(set(hidden))
    if visible <= model.k:
        raise InputError(
            f"hidden: {visible} stations are visible, but the model takes k = {model.k} neighbours; hide fewer stations or "
            "use a model with a smaller k."
        )
    first, last = _period(stations, start, end)
    if window.task == "reconstruct":
        rounds = math.ceil((last - first + 1) / window.steps)
        offset, stride = first - window.margin, window.steps
    else:
        offset = max(first - window.history + 1, 0)
        rounds = (last - window.length + 1 - offset) // stride + 1
        if rounds < 1:
            raise InputError(
                f"history: a forecast takes {window.length} hours (history {window.history}, horizon {window.horizon}), more "
                "than the period has; choose a longer period or a shorter window."
            )
    length = (rounds - 1) * stride + window.length
    # Hours before the first and after the last are there, and empty: the ends of the data are predicted like the rest.
    padded = _hours_from(stations, offset, length)
    windows = StationDataset(padded, window, scaler=model.scaler, target=model.target, hidden=hidden, stride=stride)
    asker = _Asker(model, windows.pos, None if grid is None else grid.pos)
    at_stations, at_cells = [], []
    loop = range(len(windows))
    for number in loop if progress is None else progress(loop, len(windows)):
        here, cells = asker(windows[number].to(device))
        at_stations.append(here)
        at_cells.append(cells)

    steps = padded.time.values[window.first_step :]
    if window.task == "reconstruct":
        keep = slice(0, last - first + 1)
        time = steps[: rounds * window.steps][keep]
        coords: dict[str, Any] = {"time": ("time", time, stations.time.attrs)}
        lead, shape = ("time",), (len(time),)
        stack = lambda parts: torch.cat(parts, dim=1).T[keep].numpy()  # noqa: E731
    else:
        issued = padded.time.values[window.history - 1 :: stride][: len(windows)]
        ahead = np.arange(1, window.horizon + 1)
        coords = {
            "forecast_reference_time": (
                "forecast_reference_time",
                issued,
                {"standard_name": "forecast_reference_time", "long_name": "end of the last hour that was known, UTC"},
            ),
            "lead": ("lead", ahead.astype(np.int32), {"standard_name": "forecast_period", "units": "hours"}),
            "time": (
                ("forecast_reference_time", "lead"),
                issued[:, None] + ahead * np.timedelta64(1, "h"),
                {"standard_name": "time", "long_name": "end of the averaging hour, UTC"},
            ),
        }
        time = coords["time"][1]
        lead, shape = ("forecast_reference_time", "lead"), time.shape
        stack = lambda parts: torch.stack(parts).transpose(1, 2).numpy()  # noqa: E731

    attrs = _attributes(model, stations)
    target = stations[model.target]
    measured = _at_hours(target, time)
    station_coords = {name: value for name, value in stations.coords.items() if value.dims == ("station",)}
    flag = {
        "long_name": "whether the measurements of the station were inputs",
        "flag_values": np.array([0, 1], np.int8),
        "flag_meanings": "hidden visible",
    }
    result = xr.Dataset(
        {
            model.target: ((*lead, "station"), stack(at_stations), _variable_attributes(model)),
            f"{model.target}_measured": ((*lead, "station"), measured, dict(target.attrs)),
            "visible": ("station", (~windows.hidden).numpy().astype(np.int8), flag),
        },
        coords | station_coords,
        attrs | {"featureType": "timeSeries", "time_zone": stations.attrs["time_zone"]},
    )
    result[f"{model.target}_measured"].attrs.pop("ancillary_variables", None)
    if grid is None:
        return result, None
    cells = stack(at_cells).reshape(*shape, grid.latitude.size, grid.longitude.size)
    nearest = asker.kilometres_to_nearest().reshape(grid.latitude.size, grid.longitude.size).numpy()
    return result, xr.Dataset(
        {
            model.target: (
                (*lead, "latitude", "longitude"),
                cells,
                _variable_attributes(model) | {"grid_mapping": "crs", "ancillary_variables": "station_distance"},
            ),
            "station_distance": (
                ("latitude", "longitude"),
                nearest.astype(np.float32),
                {
                    "long_name": "great-circle distance to the nearest visible station",
                    "units": "km",
                    "grid_mapping": "crs",
                },
            ),
            "crs": (
                (),
                np.int32(0),
                {"grid_mapping_name": "latitude_longitude", "semi_major_axis": 6371008.8, "inverse_flattening": 0.0},
            ),
        },
        coords
        | {
            "latitude": (
                "latitude",
                grid.latitude,
                {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
            ),
            "longitude": (
                "longitude",
                grid.longitude,
                {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
            ),
        },
        attrs,
    )


class _Asker:
    """Asks a model for the stations of a window and for cells; edges are kept while the visible stations stay the same."""

    def __init__(self, model: AQNet, pos: Tensor, cells: Tensor | None) -> None:
        self.model, self.pos, self.cells = model, pos, cells
        self.features = Features()
        self.visible: Tensor | None = None

    def __call__(self, data: Data) -> tuple[Tensor, Tensor | None]:
        if self.visible is None or not torch.equal(self.visible, data.visible):
            self.visible = data.visible
            self.edges = self._connect(None)
            chunks = () if self.cells is None else self.cells.split(CELLS_AT_ONCE)
            self.cell_edges = [(chunk, *self._connect(chunk)) for chunk in chunks]
        encoded = self.model.encode(data)
        here = self._ask(encoded, self.pos.to(data.x.device), *self.edges, own=encoded)
        if self.cells is None:
            return here, None
        pos = self.pos.to(data.x.device)
        chunks = [self._ask(encoded, (pos, cells.to(pos.device)), *edges) for cells, *edges in self.cell_edges]
        return here, torch.cat(chunks)

    def _connect(self, cells: Tensor | None) -> tuple[Tensor, Tensor]:
        edge_index = knn_edges(self.pos, self.model.k, visible=self.visible.cpu(), pos_dst=cells)
        attr = self.features(self.pos, self.pos if cells is None else cells, edge_index)
        return edge_index.to(self.visible.device), attr.to(self.visible.device)

    def _ask(
        self,
        encoded: Encoded,
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Tensor,
        edge_attr: Tensor,
        own: Encoded | None = None,
    ) -> Tensor:
        interpolated = self.model.interpolate(encoded, pos, edge_index, edge_attr)
        known = interpolated.known if own is None else interpolated.known | own.valid
        return torch.where(known, self.model.decode(interpolated, encoded.clock, own), torch.nan).cpu()

    def kilometres_to_nearest(self) -> Tensor:
        """From each cell to the nearest visible station, as of the last window."""
        distances = []
        for chunk, edge_index, _ in self.cell_edges:
            km = great_circle_km(self.pos[edge_index[0].cpu()], chunk[edge_index[1].cpu()])
            nearest = torch.full((len(chunk),), torch.inf, dtype=km.dtype)
            distances.append(nearest.index_reduce(0, edge_index[1].cpu(), km, "amin"))
        return torch.cat(distances)


def _period(stations: xr.Dataset, start: Any, end: Any) -> tuple[int, int]:
    """Positions of the first and the last hour on the time axis."""
    time = stations.indexes["time"]
    first = 0 if start is None else int(time.searchsorted(pd.Timestamp(start)))
    last = len(time) - 1 if end is None else int(time.searchsorted(pd.Timestamp(end), side="right")) - 1
    if first > last:
        raise InputError(
            f"start, end: no hour from {start} to {end} is in the data, which go from {time[0]} to {time[-1]}."
        )
    return first, last


def _hours_from(stations: xr.Dataset, offset: int, length: int) -> xr.Dataset:
    begin = stations.time.values[0] + np.timedelta64(offset, "h")
    hours = begin + np.arange(length) * np.timedelta64(1, "h")
    return stations if np.array_equal(hours, stations.time.values) else stations.reindex(time=hours)


def _at_hours(target: xr.DataArray, time: np.ndarray) -> np.ndarray:
    """Measurements at hours of any shape, NaN outside of the data: ``[*time.shape, station]``."""
    flat = target.transpose("time", "station").reindex(time=np.unique(time))
    return flat.sel(time=time.ravel()).values.reshape(*time.shape, -1)


def _variable_attributes(model: AQNet) -> dict[str, Any]:
    attrs: dict[str, Any] = {"cell_methods": "time: mean"}
    if model.target in POLLUTANTS:
        known = POLLUTANTS[model.target]
        attrs |= {"standard_name": known.standard_name, "long_name": known.label, "units": known.units}
    return attrs


def _attributes(model: AQNet, stations: xr.Dataset) -> dict[str, Any]:
    window = model.window
    return {
        "Conventions": "CF-1.11",
        "title": f"AQ-Net {'reanalysis' if window.task == 'reconstruct' else 'forecast'} of {model.target}",
        "source": f"AQ-Net over {stations.attrs.get('source', 'station data')}",
        "task": window.task,
        "history_hours": window.history,
    }
