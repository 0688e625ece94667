"""Trained model + station data (+ grid) → concentrations at stations and on a grid, as xarray."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.datasets.visible import which_visible
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.adaptive_grid import BLOCK, TOLERANCE
from aqnet_pyg.inference.cf_products import Places, forecast_axes, grid_product, reconstruction_axes, station_product
from aqnet_pyg.inference.first_guess import Fields, add_first_guess, beside_first_guess, first_guess_at_cells
from aqnet_pyg.inference.predictor import Predictions, Predictor, Progress, Request
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.dask_blocks import split_lazy, with_computed
from aqnet_pyg.stations import check_station_data
from aqnet_pyg.windows import Window

if TYPE_CHECKING:
    import torch

    from aqnet_pyg.nn import AQNet

log = logging.getLogger(__name__)

BLOCK_VALUES = 4_000_000
"""Values of a block of lazy results, 16 MB each of prediction, spread and the ends of the interval."""

DEPARTURE_COMMENT = (
    f"the departure of networks from kriging and the spread were evaluated at corners and centers of blocks of up to {BLOCK} x "
    f"{BLOCK} cells, and interpolated in blocks at whose center the departure differed by at most {TOLERANCE:g} standard "
    "deviations of the pollutant"
)
"""Attribute of results on grids where networks were not evaluated at every cell."""


def reanalyze(
    model: TrainedModel | Predictor | AQNet,
    stations: xr.Dataset,
    *,
    hidden: Collection[str] = (),
    grid: Grid | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    stride: int = 24,
    covariates: xr.Dataset | None = None,
    first_guess: Fields | None = None,
    at_visible: bool = True,
    every_cell: bool = False,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> tuple[xr.Dataset, xr.Dataset | None]:
    """Predict at every station, and at every cell of a grid.

    To *reconstruct*, windows are laid side by side, and every hour of the period is predicted once; at a visible station
    the value is interpolated from its neighbors. To *forecast*, one is issued every ``stride`` hours, wherever history and
    horizon fit into the period.

    If the station data are chunked (dask), nothing is computed yet: the results are lazy, a block of whole windows to a
    chunk, whose stations are encoded once. Memory is that of a block, independent of the length of the period. If a grid has
    more cells than a block, a chunk is some rows of it in one window; each is predicted from all stations, without seams.

    Args:
        model: A trained model; its window decides the task.
        stations: Station data; hours outside the period serve as context. Variables that the model reads beside its target are
            taken as missing if the data lack them.
        hidden: Codes of stations whose measurements are not used.
        grid: Grid of further places to predict.
        start: First hour to predict (UTC), or the earliest last hour of a forecast's history; default the first of the data.
        end: Last hour to predict; default the last of the data.
        stride: Hours between forecasts.
        covariates: Where the model has covariates: these on a grid (``time``, ``latitude``, ``longitude``) that has the
            cells inside, such as the weather of a reanalysis, or without ``time``, such as elevation. Interpolated linearly to
            the cells; without, they are missing there. At stations they are variables of the station data.
        first_guess: Where the model was fitted with a first guess: its field as from :func:`aqnet_pyg.readers.read_field`, or
            several. Where it is missing, the estimate is that of kriging without it. Without a grid it may also be a variable
            of the station data.
        at_visible: Whether a reconstruction at the visible stations is wanted. Without, it may be NaN there, which saves kriging
            most of the work where only hidden stations or a grid are of interest.
        every_cell: Whether networks are evaluated at every cell of a grid. Otherwise, on grids of more than 5000 cells, their
            departure from kriging and their spread are interpolated where the departure is smooth
            (:func:`aqnet_pyg.inference.evaluate_adaptively`), and the result says so; kriging is that of every cell in any case,
            and networks with covariates or an interpolator of the user are evaluated at every cell.
        device: Where networks compute: ``auto``, ``cpu``, ``gpu``, or a device of PyTorch such as ``cuda:1``.
        progress: Wraps the loop over windows and is given their number, such as a progress bar; not with chunked data.

    Returns:
        Station data and grid (or None). The target pollutant has the dimensions ``(time, station)`` and
        ``(time, latitude, longitude)``; in a forecast ``(forecast_reference_time, lead, ...)``, with the valid ``time``
        as a coordinate. NaN where no neighbor had measured. Both hold the distance to the nearest visible station, the
        standard deviation of the neighbors, ``<pollutant>_spread``, and if the model is calibrated the ends of the 90 % interval,
        ``<pollutant>_lower`` and ``<pollutant>_upper``. The station data also hold the measurements, as
        ``<pollutant>_measured``. With a first guess both hold it, as ``<pollutant>_first_guess``, and the prediction minus it,
        ``<pollutant>_increment``. A grid also holds ordinary kriging of the measurements, ``<pollutant>_background``, where the
        model departs from it: networks that reconstruct and ensembles.

    Raises:
        InputError: If no window fits, the target, a covariate or the first guess is missing, or fewer stations are visible than
            the model has neighbors.
    """
    model = TrainedModel.of(model)
    predictor, window = model.predictor, model.window
    # Coordinates are needed at once, even where the data are lazy.
    stations = add_first_guess(check_station_data(stations), first_guess, predictor, grid is not None)
    lacking = [name for name in predictor.known if name not in stations]
    if lacking:
        raise InputError(
            f"covariates: the model was fitted with {lacking[0]!r}, which the station data lack; add it, such as with "
            "with_covariates()."
        )
    stations = stations.assign_coords({name: coord.compute() for name, coord in stations.coords.items()})
    stations = stations.sortby("station")
    first, last = _period(stations, start, end)
    if not window.horizon:
        # Side by side; hours before the first and after the last are empty, so that the ends are predicted like the rest.
        offset, stride = first - window.margin, window.steps
        windows = math.ceil((last - first + 1) / stride)
        axes = reconstruction_axes(stations.time[first : last + 1])
    else:
        offset = max(first - window.history + 1, 0)
        windows = _forecasts(window, last - offset + 1, stride)
        axes = forecast_axes(_hours(stations, offset + window.history - 1, windows, stride), window.horizon)
    codes = [str(code) for code in stations.station.values]
    visible = which_visible(codes, hidden)
    if visible.sum() < predictor.min_visible:
        raise InputError(
            f"hidden: {visible.sum()} stations are visible, but the model needs {predictor.min_visible}, one more than it takes "
            "neighbors; hide fewer stations or use a model with a smaller k."
        )
    places = Places.of(stations, visible, grid)
    names = dict.fromkeys([*predictor.variables, *predictor.known, *predictor.first_guess])
    used = stations
    if model.instruments is not None:
        used = model.instruments.corrected(stations)
        new = [name for name in used.coords if name not in stations.coords]
        stations = stations.assign_coords({name: used[name] for name in new})
    absent = absent_variables(predictor, stations)
    if absent and model.target in used:
        log.info("the station data lack %s, which the model reads too; taken as missing", ", ".join(absent))
        used = used.assign({name: xr.full_like(used[model.target], np.nan) for name in absent})
    read = used[[name for name in names if name in used]].assign_attrs(stations.attrs)
    hours = _hours(stations, offset, (windows - 1) * stride + window.length)
    read = read.reindex(time=hours)
    at_cells = None if grid is None or covariates is None else _at_cells(covariates, predictor, places, hours)
    if grid is not None and first_guess is not None:
        guesses = first_guess_at_cells(first_guess, predictor, places.cells, hours, bool(stations.chunks))
        if at_cells is None:
            missing = np.full((hours.size, len(places.cells)), np.float32(np.nan))
            at_cells = xr.Dataset({name: (("time", "cell"), missing) for name in predictor.known}, {"time": hours})
        at_cells = at_cells.merge(guesses)
    shape = None if grid is None or every_cell else (grid.latitude.size, grid.longitude.size)
    request = Request(tuple(hidden), places.cells, stride, at_visible, str(device), shape)
    if stations.chunks:
        row = 1 if grid is None else grid.longitude.size
        predictions = _lazily(predictor, request, read, at_cells, windows, row)
    else:
        predictions = predictor.predict(read, request, at_cells, progress)
    values = [part[:, : axes.shape[0]] for part in predictions]
    result = station_product(model, values[0], stations, places, axes)
    on_grid = None if grid is None else grid_product(model, values[1], stations, grid, places, axes)
    if on_grid is not None and predictor.interpolates_departure(request):
        on_grid[model.target].attrs["comment"] = DEPARTURE_COMMENT
    if predictor.first_guess:
        fields = list(predictor.first_guess)
        result = beside_first_guess(result, model.target, read[fields], axes)
        if on_grid is not None and at_cells is not None:
            on_grid = beside_first_guess(on_grid, model.target, at_cells[fields], axes)
    return result, on_grid


def absent_variables(predictor: Predictor, stations: xr.Dataset) -> list[str]:
    """Return the variables that a predictor reads beside its target and that station data lack; they are taken as missing.

    Args:
        predictor: The predictor.
        stations: Station data.
    """
    return [name for name in predictor.variables if name not in stations and name != predictor.target]


def _lazily(
    predictor: Predictor, request: Request, stations: xr.Dataset, covariates: xr.Dataset | None, windows: int, row: int
) -> Predictions:
    """Delayed predictions, a block of windows to a chunk; or of one window, some rows of ``row`` cells."""
    with optional_imports():
        import dask
        import dask.array as da

    window, stride = predictor.window, request.stride
    targets = stations.sizes["station"], len(request.cells)
    windows_per_block = max(1, BLOCK_VALUES // (window.steps * sum(targets)))
    cells_per_block = max(1, BLOCK_VALUES // (window.steps * row)) * row
    boxes = [slice(first, first + cells_per_block) for first in range(0, max(targets[1], 1), cells_per_block)]
    # The stations are needed from the first box only.
    requests = [dask.delayed(_in_box(request, box, row), traverse=False) for box in boxes]
    shared = dask.delayed(predictor, traverse=False)
    planes = 3 if predictor.has_background and targets[1] else 2
    at_stations: list[da.Array] = []
    at_cells: list[da.Array] = []
    for number in range(0, windows, windows_per_block):
        count = min(windows_per_block, windows - number)
        part = slice(number * stride, (number + count - 1) * stride + window.length)
        measured, axes = split_lazy(stations.isel(time=part)), window.shape(count)
        in_boxes: list[da.Array] = []
        for box, wanted in zip(boxes, requests, strict=True):
            weather = None if covariates is None else split_lazy(covariates.isel(time=part, cell=box))
            predictions = dask.delayed(_run)(shared, wanted, measured, weather)
            if box.start == 0:
                at_stations.append(da.from_delayed(predictions[0], (2, *axes, targets[0]), np.float32))
            size = len(range(*box.indices(targets[1])))
            in_boxes.append(da.from_delayed(predictions[1], (planes, *axes, size), np.float32))
        at_cells.append(da.concatenate(in_boxes, axis=-1))
    return Predictions(*(da.concatenate(parts, axis=1) for parts in (at_stations, at_cells)))


def _in_box(request: Request, box: slice, row: int) -> Request:
    """Restrict a request to a box of whole rows of ``row`` cells."""
    cells = request.cells[box]
    shape = None if request.grid_shape is None else (len(cells) // row, row)
    return replace(request, cells=cells, at_visible=request.at_visible and box.start == 0, grid_shape=shape)


def _run(predictor: Predictor, request: Request, stations: Any, covariates: Any) -> Predictions:
    weather = None if covariates is None else with_computed(*covariates)
    return predictor.predict(with_computed(*stations), request, weather)


def _at_cells(covariates: xr.Dataset, predictor: Predictor, places: Places, hours: np.ndarray) -> xr.Dataset:
    """Covariates on a grid, interpolated to the cells: dimensions ``(time, cell)``."""
    wanted = predictor.known
    missing = [name for name in wanted if name not in covariates]
    if not wanted:
        raise InputError("covariates: the model was trained without any; leave them out.")
    if missing:
        raise InputError(f"covariates: {missing[0]!r} is missing; the model was trained with {', '.join(wanted)}.")
    longitude, latitude = (xr.DataArray(axis, dims="cell") for axis in places.cells.T)
    chosen = covariates[list(wanted)].interp(longitude=longitude, latitude=latitude)
    if "time" in chosen.dims:
        chosen = chosen.reindex(time=hours)
    return chosen.broadcast_like(xr.DataArray(hours, {"time": hours}, "time")).transpose("time", "cell")


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
    """Return the number of forecasts that fit into a number of hours."""
    if hours < window.length:
        raise InputError(
            f"history: a forecast takes {window.length} hours (history {window.history}, horizon {window.horizon}), but the "
            f"period has {hours}; choose a longer period or a shorter window."
        )
    return (hours - window.length) // stride + 1


def _hours(stations: xr.Dataset, offset: int, length: int, stride: int = 1) -> np.ndarray:
    """Hours from a position on the time axis on, which may begin before it and end after it."""
    return stations.time.values[0] + (offset + stride * np.arange(length)) * np.timedelta64(1, "h")
