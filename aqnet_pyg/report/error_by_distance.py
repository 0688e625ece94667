"""Errors as a function of the distance to the nearest visible station."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from aqnet_pyg.conformal import BINS_KM, bin_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.report.evaluation_plots import plot_bins, read_evaluation
from aqnet_pyg.report.selection import newest_forecasts, predicted_pollutant
from aqnet_pyg.report.style import (
    FAINT,
    OKABE_ITO,
    PREDICTED,
    figure_of,
    mark_simulated,
    new_figure,
    plain_axes,
    pollutant_name,
    unit_text,
)
from aqnet_pyg.windows import TASKS

NEAREST_KM = 0.3
"""Smallest distance on the logarithmic axis; nearer stations are drawn there."""


def plot_error_by_distance(source: xr.Dataset | Mapping[str, Any] | str | Path, *, metric: str = "rmse") -> Figure:
    """Draw errors as a function of the distance to the nearest visible station.

    Args:
        source: Result at stations, of :func:`aqnet_pyg.reanalyze`: a dot for each station, and a line for the error over all
            hours and hidden stations of a distance bin. (In a reconstruction, a visible station is estimated from the other
            visible stations, but the model may have been trained on it.) Or the JSON file of ``aqnet evaluate``, or its
            content: a line for each row, a panel for each table, with bars of one standard deviation over seeds.
        metric: ``rmse`` or ``mae``.

    Returns:
        The figure.

    Raises:
        InputError: If there are no errors to draw, or the metric is unknown.
    """
    if metric not in ("rmse", "mae"):
        raise InputError(f"metric: {metric!r} was given; use 'rmse' or 'mae'.")
    if isinstance(source, xr.Dataset):
        return _plot_stations(source, metric)
    content = read_evaluation(source)
    tables: dict[str, dict[str, dict[str, Any]]] = {}
    for name, bins in (content.get("distance") or {}).items():
        rows = tables.setdefault(name, {})
        for where, part in bins.items():
            for row, scores in part["rows"].items():
                rows.setdefault(row, {})[where] = scores[metric] | {"n": part["n"]}
    return plot_bins(content, tables, f"{metric.upper()} (units of the pollutant)")


def _plot_stations(result: xr.Dataset, metric: str) -> Figure:
    target = predicted_pollutant(result)
    hourly = newest_forecasts(result)
    error = (hourly[target] - hourly[f"{target}_measured"]).transpose("time", "station").values.astype(np.float64)

    def mean(errors: np.ndarray) -> np.ndarray:
        if metric == "mae":
            return np.nanmean(np.abs(errors), axis=0)
        return np.sqrt(np.nanmean(np.square(errors), axis=0))

    known = np.isfinite(error).any(axis=0)
    hidden, visible = known & (result.visible.values == 0), known & (result.visible.values == 1)
    task = TASKS.get(result.attrs.get("task", ""))
    if task is not None and task.own_history:  # its errors are not those of a distance
        visible[:] = False
    if not (hidden | visible).any():
        raise InputError("source: no station has both predictions and measurements, so there are no errors to draw.")
    km = np.maximum(result.station_distance.values.astype(np.float64), NEAREST_KM)
    ax = plain_axes(new_figure(7.6, 4.6).add_subplot(), grid="both")
    dots: dict[str, Any] = {"c": PREDICTED, "s": 24, "edgecolors": "white", "linewidths": 0.5, "zorder": 3}
    mark_simulated(ax, result)
    small: dict[str, Any] = {"c": FAINT, "s": 10}
    for these, kind, style in (
        (visible, "visible station, from the others", small),
        (hidden, "hidden station", dots),
    ):
        if these.any():
            ax.scatter(km[these], mean(error[:, these]), label=f"{kind} ({these.sum()})", **style)
    edges = [NEAREST_KM, *BINS_KM, max(float(km.max()), 1.5 * BINS_KM[-1])]
    for position, number in enumerate(np.unique(bin_of(km[hidden]))):
        value = mean(error[:, hidden & (bin_of(km) == number)].reshape(-1, 1))
        label = "_" if position else "hidden stations of a bin"
        ax.plot(edges[number : number + 2], [value, value], color=OKABE_ITO[1], linewidth=2.5, zorder=4, label=label)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("distance to the nearest visible station (km)")
    units = unit_text(str(result[target].attrs.get("units", "1")))
    ax.set_ylabel(f"{metric.upper()} of {pollutant_name(target)} ({units})")
    figure_of(ax).legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure_of(ax)
