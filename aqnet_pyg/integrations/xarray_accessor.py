"""The accessor ``ds.aqnet`` of xarray data sets: methods of the package for station data and products."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import random_hidden
from aqnet_pyg.stations import VISIBLE_ATTRIBUTES, check_station_data
from aqnet_pyg.windows import FORECAST, RECONSTRUCT, Task

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from matplotlib.figure import Figure
    from torch import Tensor

    from aqnet_pyg.datasets import StationDataset
    from aqnet_pyg.graph import Region
    from aqnet_pyg.grid import Grid
    from aqnet_pyg.inference import GapEstimator, TrainedModel
    from aqnet_pyg.nn import AQNet


@xr.register_dataset_accessor("aqnet")
class AQNetAccessor:
    """Accessor of station data and products: ``ds.aqnet.METHOD(...)``.

    It is registered by ``import aqnet_pyg.integrations.xarray_accessor``, and when a file is opened with one of the package's
    engines. It has no state: hidden stations are marked by a coordinate of the data set, which is kept in copies, files and
    pickles. Results of chunked data (dask) are lazy.

    Args:
        dataset: Dimensions ``(time, station)``; for :meth:`aqi`, :meth:`daily` and :meth:`exceedances` also a grid.

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
        """Check that the data set is station data, and return it in the standard form; impossible values become NaN.

        Raises:
            InputError: If a dimension, a coordinate or the time zone is missing, or the time axis is not hourly and complete.
        """
        return check_station_data(self._dataset)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Codes of the hidden stations, sorted: those whose coordinate ``visible`` is 0; none without this coordinate."""
        if "visible" not in self._dataset:
            return ()
        return tuple(sorted(map(str, self._dataset.station.values[self._dataset.visible.values == 0])))

    def hide(self, stations: Collection[str] | float | Region, seed: int = 0) -> xr.Dataset:
        """Mark stations as hidden: their measurements are not inputs, but stay in the data set for evaluation.

        Args:
            stations: Codes of the stations; or the fraction to hide at random; or a region, all of whose stations are hidden.
            seed: Seed of the random choice.

        Returns:
            The data set with the coordinate ``visible`` along ``station``: 0 where hidden.

        Raises:
            InputError: If a code is unknown, or no station would be visible.
        """
        from aqnet_pyg.datasets.visible import which_visible

        codes = [str(code) for code in self.check().station.values]
        if isinstance(stations, float | int):
            hidden: Collection[str] = random_hidden(codes, float(stations), seed)
        elif isinstance(stations, Collection):
            hidden = stations
        else:
            _, hidden = stations.hold_out(self._dataset)
        visible = which_visible(codes, hidden).astype(np.int8)
        return self._dataset.assign_coords(visible=("station", visible, dict(VISIBLE_ATTRIBUTES)))

    def graph(self, k: int = 16) -> nx.DiGraph:
        """Build the graph that a model uses: edges from the ``k`` nearest visible stations to every station.

        Args:
            k: Number of neighbors of a station.

        Returns:
            Nodes are station codes with ``longitude``, ``latitude`` and ``visible``; edges have ``km``.
        """
        from aqnet_pyg.graph import to_networkx

        edge_index, pos, visible = self._edges(k)
        return to_networkx(edge_index, pos, list(self._dataset.station.values), visible=visible)

    def to_pyg(
        self, history: int, horizon: int = 0, *, margin: int = 0, target: str = "pm25", **options: Any
    ) -> StationDataset:
        """Convert to a PyG data set of windows; its ``to_xarray`` returns the station data again.

        Args:
            history: Hours of input.
            horizon: Hours to forecast; 0 to reconstruct.
            margin: Context hours at each end of a reconstruction.
            target: The pollutant to predict.
            **options: Further arguments of :class:`aqnet_pyg.StationDataset`.
        """
        from aqnet_pyg.datasets import StationDataset
        from aqnet_pyg.windows import Window

        options.setdefault("hidden", self.hidden)
        return StationDataset(self._dataset, Window(history, horizon, margin), target=target, **options)

    def reanalyze(
        self,
        model: TrainedModel | AQNet | str | Path,
        *,
        spacing: float | None = None,
        like: xr.Dataset | xr.DataArray | None = None,
        region: Region | Sequence[float] | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """Reconstruct all hours at the stations, or on a grid.

        Args:
            model: A trained model that reconstructs: a network, a kriging or an ensemble; or its checkpoint.
            spacing: Spacing of a grid over all stations, or over the region, in degrees.
            like: A data set whose ``longitude`` and ``latitude`` are the grid.
            region: Extent of the grid: west, south, east, north in degrees, or a region, outside of which values are NaN.
            **options: Further arguments of :func:`aqnet_pyg.reanalyze`.

        Returns:
            The product on the grid, if ``spacing``, ``like`` or ``region`` is given, else at the stations.

        Raises:
            InputError: If the model forecasts, ``like`` is given together with another grid, or as
                :func:`aqnet_pyg.reanalyze`.
        """
        return self._predict(model, RECONSTRUCT, spacing, like, region, **options)

    def forecast(self, model: TrainedModel | AQNet | str | Path, **options: Any) -> xr.Dataset:
        """Forecast at the stations, or on a grid, wherever history and horizon fit into the data.

        To forecast beyond the last hour, extend the time axis with ``reindex``: measurements are not needed there.

        Args:
            model: A trained model that forecasts, or its checkpoint.
            **options: Further arguments of :meth:`reanalyze`.
        """
        return self._predict(model, FORECAST, **options)

    def fill(
        self, model: GapEstimator | str | Path | Sequence[GapEstimator | str | Path], **options: Any
    ) -> xr.Dataset:
        """Fill the hours that visible stations miss; hidden stations are left out.

        Args:
            model: A trained model of gaps, or its checkpoint; or several, each of another pollutant.
            **options: Further arguments of :func:`aqnet_pyg.fill`.

        Raises:
            InputError: If a checkpoint is of another kind of model, or as :func:`aqnet_pyg.fill`.
        """
        from aqnet_pyg.inference.filling import fill
        from aqnet_pyg.training.checkpoint import load_gap_model

        several = model if isinstance(model, Sequence) and not isinstance(model, str) else [model]
        models = [load_gap_model(one) if isinstance(one, str | Path) else one for one in several]
        visible = ~np.isin([str(code) for code in self.check().station.values], self.hidden)
        return fill(models, self._dataset.isel(station=visible), **options)

    def aqi(self, standard: str = "china", **options: Any) -> xr.Dataset:
        """Compute the air quality index, daily by default, with :func:`aqnet_pyg.levels.aqi`.

        Args:
            standard: Rules of the index: ``china`` or ``epa``.
            **options: Further arguments of :func:`aqnet_pyg.levels.aqi`.
        """
        from aqnet_pyg.levels import aqi

        return aqi(self._dataset, standard, **options)

    def exceedances(self, standard: str = "china", **options: Any) -> xr.Dataset:
        """Compute the exceedances of limit values with :func:`aqnet_pyg.levels.exceedances`.

        Args:
            standard: Limit values: ``china``, ``who``, ``epa`` or ``eu``.
            **options: Further arguments of :func:`aqnet_pyg.levels.exceedances`.
        """
        from aqnet_pyg.levels import exceedances

        return exceedances(self._dataset, standard, **options)

    def daily(self, **options: Any) -> xr.Dataset:
        """Compute means of local days with :func:`aqnet_pyg.levels.daily_means`.

        Hours are labeled by their ends, so that the hour that ends at local midnight belongs to the day before. Days are those
        of local standard time, by the attribute ``time_zone`` of the data.

        Args:
            **options: Further arguments of :func:`aqnet_pyg.levels.daily_means`: ``min_hours``, ``time_zone``.
        """
        from aqnet_pyg.levels import daily_means

        return daily_means(self._dataset, **options)

    def scores(self, by: str | None = None) -> pd.DataFrame:
        """Score a result of :meth:`reanalyze` or :meth:`forecast` at stations, against the measurements at hidden stations.

        Args:
            by: ``"station"``, ``"distance"`` (to the nearest visible station) or, of a forecast, ``"lead"``; None for one row.

        Returns:
            A row for each group: numbers of ``stations`` and values (``n``), ``bias``, ``mae``, ``rmse``, and ``coverage``
            (0 to 1) and mean ``width`` of the 90 % intervals, NaN without intervals.

        Raises:
            InputError: If the data set is no such result, no hidden station measured, or ``by`` is unknown.
        """
        from aqnet_pyg.report.hidden_station_scores import distance_bins, hidden_pairs, lead_bins, scores_by
        from aqnet_pyg.report.selection import predicted_pollutant

        target = predicted_pollutant(self._dataset)
        if "station" not in self._dataset.dims or f"{target}_measured" not in self._dataset or not self.hidden:
            raise InputError(
                "data: there is no hidden station with measurements beside predictions; hide some with ds.aqnet.hide, and "
                "score the result of ds.aqnet.reanalyze at stations."
            )
        pairs = hidden_pairs(self._dataset)
        if pairs.empty:
            raise InputError(
                "data: no hidden station measured where there is a prediction; choose other hours or stations."
            )
        groups: dict[str | None, str | pd.Series | None] = {
            None: None,
            "station": "station",
            "distance": distance_bins(pairs),
        }
        if "lead" in pairs:
            groups["lead"] = lead_bins(pairs)
        if by not in groups:
            raise InputError(
                f"by: {by!r} was given; use {', '.join(str(name) for name in groups if name)}, or nothing."
            )
        return scores_by(pairs, groups[by]).rename_axis(by or "hidden")

    def plot_map(self, grid: xr.DataArray | None = None, **options: Any) -> Figure:
        """Plot a map of the stations over a field, as :func:`aqnet_pyg.report.map_field`."""
        from aqnet_pyg.report import map_field

        return map_field(grid, self.check(), self.hidden, **options)

    def plot_graph(self, k: int = 16, **options: Any) -> Figure:
        """Plot a map of the graph, as :func:`aqnet_pyg.report.map_graph`."""
        from aqnet_pyg.report import map_graph

        edge_index, pos, visible = self._edges(k)
        return map_graph(edge_index, pos, visible=visible, stations=self.check(), **options)

    def _edges(self, k: int) -> tuple[Tensor, Tensor, Tensor]:
        import torch

        from aqnet_pyg.graph import knn_edges

        data = self.check()
        pos = torch.from_numpy(np.stack([data.longitude.values, data.latitude.values], axis=1).astype(np.float64))
        visible = torch.from_numpy(~np.isin([str(code) for code in data.station.values], self.hidden))
        return knn_edges(pos, k, visible=visible), pos, visible

    def _predict(
        self,
        model: TrainedModel | AQNet | str | Path,
        task: Task,
        spacing: float | None = None,
        like: xr.Dataset | xr.DataArray | None = None,
        region: Region | Sequence[float] | None = None,
        **options: Any,
    ) -> xr.Dataset:
        from aqnet_pyg.inference.reanalysis import reanalyze
        from aqnet_pyg.inference.trained_model import TrainedModel
        from aqnet_pyg.training.checkpoint import load_model

        model = load_model(model) if isinstance(model, str | Path) else TrainedModel.of(model)
        other = model.window.task
        if other is not task:
            raise InputError(
                f"model: its task is to {other.name}; use ds.aqnet.{_METHODS[other.name]}, or a model that was trained to "
                f"{task.name}."
            )
        grid = self._grid(spacing, like, region)
        options.setdefault("hidden", self.hidden)
        at_stations, on_grid = reanalyze(model, self._dataset, grid=grid, **options)
        if grid is None or on_grid is None:
            return at_stations
        if region is not None and not isinstance(region, Sequence):
            inside = xr.DataArray(region.mask(grid), dims=("latitude", "longitude"))
            for name in on_grid.data_vars:
                if {"latitude", "longitude"} <= set(on_grid[name].dims):
                    on_grid[name] = on_grid[name].where(inside)
        return on_grid if like is None else on_grid.sel(latitude=like.latitude.values, longitude=like.longitude.values)

    def _grid(
        self,
        spacing: float | None,
        like: xr.Dataset | xr.DataArray | None,
        region: Region | Sequence[float] | None,
    ) -> Grid | None:
        from aqnet_pyg.grid import Grid

        if like is not None:
            if spacing is not None or region is not None:
                raise InputError("like: it defines the whole grid; give neither spacing nor region with it.")
            missing = [name for name in ("longitude", "latitude") if name not in like.coords]
            if missing:
                raise InputError(f"like: it has no coordinate {missing[0]!r}; name them 'longitude' and 'latitude'.")
            return Grid(np.sort(like.longitude.values), np.sort(like.latitude.values))
        if region is not None:
            west, south, east, north = region if isinstance(region, Sequence) else region.polygon.bounds
            return Grid.over((west, south, east, north), 0.25 if spacing is None else spacing)
        return None if spacing is None else Grid.around(self._dataset, spacing)


_METHODS = {RECONSTRUCT.name: "reanalyze", FORECAST.name: "forecast"}
"""Methods of the accessor by task."""
