"""Trained model + station data (+ grid) → concentrations at stations and on a grid, as xarray."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor
from torch_geometric.data import Data

from aqnet_pyg.datasets import StationDataset, Window
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.nn import AQNet, Encoded
from aqnet_pyg.products import forecast_axes, grid_product, reconstruction_axes, station_product

__all__ = ["reanalyze"]

CELLS_AT_ONCE = 2000
"""Grid cells that are asked together: bounds the memory, whatever the grid."""


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
    window, stations = model.window, stations.sortby("station")
    visible = stations.sizes["station"] - len(set(hidden))
    if visible <= model.graph.k:
        raise InputError(
            f"hidden: {visible} stations are visible, but the model takes k = {model.graph.k} neighbours; hide fewer stations or "
            "use a model with a smaller k."
        )
    first, last = _period(stations, start, end)
    if window.task == "reconstruct":
        # Side by side; hours before the first and after the last are empty, so that the ends are predicted like the rest.
        offset, stride = first - window.margin, window.steps
        rounds = math.ceil((last - first + 1) / stride)
    else:
        offset = max(first - window.history + 1, 0)
        rounds = _forecasts(window, last - offset + 1, stride)
    hours = _hours(stations, offset, (rounds - 1) * stride + window.length)
    windows = StationDataset(
        stations.reindex(time=hours), window, scaler=model.scaler, target=model.target, hidden=hidden, stride=stride
    )
    ask = _Asker(model, windows.pos, None if grid is None else grid.pos)
    loop = range(len(windows)) if progress is None else progress(range(len(windows)), len(windows))
    answers = [ask(windows[number].to(device)) for number in loop]

    if window.task == "reconstruct":
        axes = reconstruction_axes(stations.time[first : last + 1])
    else:
        axes = forecast_axes(hours[window.history - 1 :: stride][:rounds], window.horizon)
    at_stations, at_cells = (_in_order(parts, axes.shape) for parts in zip(*answers, strict=True))
    shown = (~windows.hidden).numpy()
    result = station_product(model.target, at_stations, stations, shown, axes, window)
    if grid is None:
        return result, None
    return result, grid_product(model.target, at_cells, grid, stations, shown, axes, window)


class _Asker:
    """Asks a model for the stations of a window and for cells; edges are kept while the visible stations stay the same."""

    def __init__(self, model: AQNet, pos: Tensor, cells: Tensor | None) -> None:
        self.model, self.pos, self.cells = model, pos, cells
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
        edge_index, edge_attr = self.model.graph(self.pos, self.visible.cpu(), cells)
        return edge_index.to(self.visible.device), edge_attr.to(self.visible.device)

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


def _forecasts(window: Window, hours: int, stride: int) -> int:
    """How many forecasts fit into so many hours."""
    if hours < window.length:
        raise InputError(
            f"history: a forecast takes {window.length} hours (history {window.history}, horizon {window.horizon}), but the "
            f"period has {hours}; choose a longer period or a shorter window."
        )
    return (hours - window.length) // stride + 1


def _hours(stations: xr.Dataset, offset: int, length: int) -> np.ndarray:
    """Hours from a position on the time axis on, which may begin before it and end after it."""
    return stations.time.values[0] + (offset + np.arange(length)) * np.timedelta64(1, "h")


def _in_order(parts: tuple[Tensor | None, ...], shape: tuple[int, ...]) -> np.ndarray | None:
    """Answers of the windows, ``[targets, steps]`` each, as one array of ``[*shape, targets]``."""
    if parts[0] is None:
        return None
    flat = torch.cat(parts, dim=1).T  # [windows * steps, targets]
    return flat[: math.prod(shape)].reshape(*shape, -1).numpy()
