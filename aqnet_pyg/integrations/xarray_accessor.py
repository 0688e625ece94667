"""``ds.aqnet``: what AQ-Net does, on any data set of xarray with stations or with a grid."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import random_hidden
from aqnet_pyg.stations import check_station_data

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.figure import Figure
    from torch import Tensor

    from aqnet_pyg.datasets import StationDataset
    from aqnet_pyg.graph import Region
    from aqnet_pyg.grid import Grid
    from aqnet_pyg.inference import TrainedModel
    from aqnet_pyg.nn import AQNet

__all__ = ["AQNetAccessor"]


@xr.register_dataset_accessor("aqnet")
class AQNetAccessor:
    """Methods of station data and of results: ``ds.aqnet.METHOD(...)``, once this module is imported.

    Opening a file with one of the package's engines registers it too. Nothing is kept between calls: what is hidden is a
    coordinate of the data set itself, so that it survives copies, files and pickling. Chunked data (dask) stay lazy.

    Args:
        dataset: Dimensions ``(time, station)``; for :meth:`aqi` and :meth:`exceedances` also a grid.

    Examples:
        >>> import aqnet_pyg.integrations.xarray_accessor
        >>> from aqnet_pyg import simulate
        >>> ds, _ = simulate(days=2, stations=20, truth=False)
        >>> ds = ds.aqnet.hide(0.2)
        >>> len(ds.aqnet.hidden)
        4
        >>> graph = ds.aqnet.graph(k=3)
        >>> graph.number_of_edges()
        60
        >>> windows = ds.aqnet.to_pyg(history=24, margin=6)
        >>> windows[0].x.shape
        torch.Size([20, 24, 6])
        >>> windows.to_xarray().equals(ds.sortby("station"))
        True
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def check(self) -> xr.Dataset:
        """The data set itself, if it is station data.

        Raises:
            InputError: If a dimension, coordinate or the zone is missing, or the time axis is not hourly and complete.
        """
        return check_station_data(self._dataset)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Codes of the hidden stations, sorted: those whose coordinate ``visible`` is 0; without it none."""
        if "visible" not in self._dataset:
            return ()
        return tuple(sorted(map(str, self._dataset.station.values[self._dataset.visible.values == 0])))

    def hide(self, stations: Collection[str] | float | Region, seed: int = 0) -> xr.Dataset:
        """Mark stations whose measurements no method is to look at; they stay in the data, to compare with.

        Args:
            stations: Their codes; or the fraction to choose at random; or a region, all of whose stations are hidden.
            seed: Of the choice.

        Returns:
            The data set with the coordinate ``visible`` along ``station``: 0 where hidden.

        Raises:
            InputError: If a code is unknown, or no station would be visible.
        """
        from aqnet_pyg.datasets.station_dataset import which_visible
        from aqnet_pyg.graph import Region

        codes = [str(code) for code in self.check().station.values]
        if isinstance(stations, Region):
            _, stations = stations.hold_out(self._dataset)
        elif isinstance(stations, float | int):
            stations = random_hidden(codes, float(stations), seed)
        visible = which_visible(codes, stations).astype(np.int8)
        about = {
            "long_name": "whether the measurements of the station are inputs",
            "flag_values": np.array([0, 1], np.int8),
            "flag_meanings": "hidden visible",
        }
        return self._dataset.assign_coords(visible=("station", visible, about))

    def graph(self, k: int = 16) -> nx.DiGraph:
        """The graph that a model sees: edges from the ``k`` nearest visible stations to every station.

        Nodes are station codes with longitude, latitude and ``visible``; edges have ``km``.

        Args:
            k: Neighbors of a station.
        """
        from aqnet_pyg.graph import to_networkx

        edge_index, pos, visible = self._edges(k)
        return to_networkx(edge_index, pos, list(self._dataset.station.values), visible=visible)

    def to_pyg(
        self, history: int, horizon: int = 0, *, margin: int = 0, target: str = "pm25", **options: Any
    ) -> StationDataset:
        """Windows as a PyG data set; its ``to_xarray`` gives the station data back.

        Args:
            history: Hours read.
            horizon: Hours to forecast; 0 to reconstruct.
            margin: Context hours at each end of a reconstruction.
            target: The pollutant to predict.
            **options: As :class:`aqnet_pyg.datasets.StationDataset`.
        """
        from aqnet_pyg.datasets import StationDataset, Window

        options.setdefault("hidden", self.hidden)
        return StationDataset(self._dataset, Window(history, horizon, margin), target=target, **options)

    def reanalyze(
        self,
        model: TrainedModel | AQNet | str | Path,
        *,
        spacing: float | None = None,
        like: xr.Dataset | xr.DataArray | None = None,
        region: Region | tuple[float, float, float, float] | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """Fill hidden stations, or a grid, in all hours.

        Args:
            model: A trained model that reconstructs, or its checkpoint.
            spacing: Of a grid over all stations (or over the region), in degrees.
            like: A data set whose ``longitude`` and ``latitude`` are the grid.
            region: Where the grid is: west, south, east, north in degrees, or a region, outside of which it is empty.
            **options: As :func:`aqnet_pyg.reanalyze`.

        Returns:
            The product at the stations; or on the grid, if any of the three is given.

        Raises:
            InputError: If the model forecasts, both ``like`` and another grid are given, or as there.
        """
        return self._ask(model, "reconstruct", spacing, like, region, **options)

    def forecast(self, model: TrainedModel | AQNet | str | Path, **options: Any) -> xr.Dataset:
        """Forecast all stations, or a grid, wherever history and horizon fit into the data; as :meth:`reanalyze`.

        To forecast beyond the last hour, lengthen the time axis with ``reindex``: what is not measured is not needed.

        Args:
            model: A trained model that forecasts, or its checkpoint.
            **options: As :meth:`reanalyze`.
        """
        return self._ask(model, "forecast", **options)

    def aqi(self, standard: str = "china", **options: Any) -> xr.Dataset:
        """Daily air quality index; as :func:`aqnet_pyg.levels.aqi`."""
        from aqnet_pyg.levels import aqi

        return aqi(self._dataset, standard, **options)

    def exceedances(self, standard: str = "china", **options: Any) -> xr.Dataset:
        """Where and when limit values are exceeded; as :func:`aqnet_pyg.levels.exceedances`."""
        from aqnet_pyg.levels import exceedances

        return exceedances(self._dataset, standard, **options)

    def plot_map(self, grid: xr.DataArray | None = None, **options: Any) -> Figure:
        """Map of the stations, over a field; as :func:`aqnet_pyg.report.map_field`."""
        from aqnet_pyg.report import map_field

        return map_field(grid, self.check(), self.hidden, **options)

    def plot_graph(self, k: int = 16, **options: Any) -> Figure:
        """Map of the graph; as :func:`aqnet_pyg.report.map_graph`."""
        from aqnet_pyg.report import map_graph

        edge_index, pos, visible = self._edges(k)
        return map_graph(edge_index, pos, visible=visible, **options)

    def _edges(self, k: int) -> tuple[Tensor, Tensor, Tensor]:
        import torch

        from aqnet_pyg.graph import knn_edges

        data = self.check()
        pos = torch.from_numpy(np.stack([data.longitude.values, data.latitude.values], axis=1).astype(np.float64))
        visible = torch.from_numpy(~np.isin(data.station.values.astype(str), self.hidden))
        return knn_edges(pos, k, visible=visible), pos, visible

    def _ask(
        self,
        model: TrainedModel | AQNet | str | Path,
        task: str,
        spacing: float | None = None,
        like: xr.Dataset | xr.DataArray | None = None,
        region: Region | tuple[float, float, float, float] | None = None,
        **options: Any,
    ) -> xr.Dataset:
        from aqnet_pyg.inference.reanalysis import reanalyze
        from aqnet_pyg.inference.trained_model import TrainedModel
        from aqnet_pyg.training.checkpoint import load_model

        model = load_model(model) if isinstance(model, str | Path) else TrainedModel.of(model)
        if model.window.task != task:
            raise InputError(
                f"model: its task is to {model.window.task}; use ds.aqnet.{_METHOD[model.window.task]}, or a model "
                f"that was trained to {task}."
            )
        grid = self._grid(spacing, like, region)
        options.setdefault("hidden", self.hidden)
        at_stations, on_grid = reanalyze(model, self._dataset, grid=grid, **options)
        if on_grid is None:
            return at_stations
        if hasattr(region, "mask"):
            inside = xr.DataArray(region.mask(grid), dims=("latitude", "longitude"))
            for name in on_grid.data_vars:
                if {"latitude", "longitude"} <= set(on_grid[name].dims):
                    on_grid[name] = on_grid[name].where(inside)
        return on_grid if like is None else on_grid.sel(latitude=like.latitude.values, longitude=like.longitude.values)

    def _grid(
        self,
        spacing: float | None,
        like: xr.Dataset | xr.DataArray | None,
        region: Region | tuple[float, float, float, float] | None,
    ) -> Grid | None:
        from aqnet_pyg.grid import Grid

        if like is not None:
            if spacing is not None or region is not None:
                raise InputError("like: it is the whole grid; give neither spacing nor region with it.")
            missing = [name for name in ("longitude", "latitude") if name not in like.coords]
            if missing:
                raise InputError(f"like: it has no coordinate {missing[0]!r}; name them 'longitude' and 'latitude'.")
            return Grid(np.sort(like.longitude.values), np.sort(like.latitude.values))
        if region is not None:
            bounds = region.polygon.bounds if hasattr(region, "polygon") else region
            return Grid.over(bounds, 0.25 if spacing is None else spacing)
        return None if spacing is None else Grid.around(self._dataset, spacing)


_METHOD = {"reconstruct": "reanalyze", "forecast": "forecast"}
