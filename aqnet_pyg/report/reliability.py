"""Calibration of prediction intervals and exceedance probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from aqnet_pyg.conformal import LEVELS, ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.report.evaluation_plots import plot_bins, read_evaluation
from aqnet_pyg.report.hidden_station_scores import distance_bins, hidden_pairs, lead_bins
from aqnet_pyg.report.selection import predicted_pollutant
from aqnet_pyg.report.style import (
    INK,
    OKABE_ITO,
    PREDICTED,
    mark_simulated,
    new_figure,
    plain_axes,
    pollutant_name,
    unit_text,
)
from aqnet_pyg.text import counted

NOMINAL = 0.9
"""Nominal coverage of the interval."""


def plot_coverage(source: xr.Dataset | Mapping[str, Any] | str | Path, *, by: str = "distance") -> Figure:
    """Draw the coverage and the mean width of the 90 % prediction interval by bin.

    Args:
        source: Result at stations, of :func:`aqnet_pyg.reanalyze`, of which the hidden stations are evaluated; bars are two
            standard errors over stations, since errors are correlated within a station. Or the JSON file of ``aqnet
            evaluate``, or its content: coverage by distance, a line for each row, bars of one standard deviation over seeds.
        by: Bins of a result: ``distance`` to the nearest visible station, ``value`` (quintiles of the predictions), or
            ``lead`` time of a forecast.

    Returns:
        The figure.

    Raises:
        InputError: If there are no intervals, no measurements at hidden stations, or ``by`` is unknown.
    """
    if isinstance(source, xr.Dataset):
        return _plot_stations(source, by)
    content = read_evaluation(source)
    tables = {
        name: {
            row: {where: part["coverage"] | {"n": part["n"]} for where, part in scores["distance"].items()}
            for row, scores in rows.items()
            if "distance" in scores
        }
        for name, rows in (content.get("intervals") or {}).items()
    }
    return plot_bins(content, tables, "coverage of the 90 % interval", NOMINAL)


def plot_reliability(tables: pd.DataFrame | Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw a reliability diagram: observed frequency against forecast probability; calibrated ones are on the diagonal.

    Args:
        tables: Columns ``forecast`` and ``observed`` (0 to 1) and, for binned values, their ``count``: of
            :func:`aqnet_pyg.report.reliability_of_intervals` or :func:`aqnet_pyg.report.reliability_of_probabilities`. Several
            tables by their names in the legend. Of simulated data (attribute ``source``), the figure says so.
        title: Title of the diagram.

    Returns:
        The figure.

    Raises:
        InputError: If there is no table, or one has no rows.
    """
    named = {"": tables} if isinstance(tables, pd.DataFrame) else tables
    empty = [name for name, table in named.items() if table.empty]
    if not named:
        raise InputError("tables: no table was given; pass one or more.")
    if empty:
        raise InputError(f"tables: {empty[0] or 'the table'} has no rows; pass tables with one or more rows.")
    counted = any("count" in table for table in named.values())
    figure = new_figure(4.6, 5.8 if counted else 4.8)
    axes = figure.subplots(1 + counted, sharex=True, height_ratios=[4, 1][: 1 + counted], squeeze=False)[:, 0]
    main = plain_axes(axes[0], grid="both")
    main.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle="--")
    for number, (name, table) in enumerate(named.items()):
        color = OKABE_ITO[number % len(OKABE_ITO)]
        main.plot(table.forecast, table.observed, "o-", color=color, markersize=3 if len(table) > 30 else 5, label=name)
        if "count" in table:
            plain_axes(axes[1]).plot(table.forecast, table["count"], "o-", color=color, markersize=3, linewidth=1)
    main.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal" if not counted else "auto")
    main.set_ylabel("observed frequency")
    axes[-1].set_xlabel("forecast probability")
    if counted:
        axes[1].set_yscale("log")
        axes[1].yaxis.set_minor_formatter(NullFormatter())
        axes[1].set_ylabel("values")
    if any(named):
        main.legend(frameon=False, fontsize=9)
    main.set_title(title or "", fontsize=11, pad=16)
    mark_simulated(main, *named.values(), above=True)
    return figure


def reliability_of_intervals(result: xr.Dataset, intervals: ConformalIntervals) -> pd.DataFrame:
    """Return the fraction of measurements at hidden stations that are below the predicted quantile of each level.

    Args:
        result: Result at stations, of :func:`aqnet_pyg.reanalyze`.
        intervals: Intervals of the model of the result, ``model.intervals``.

    Returns:
        Columns ``forecast`` (the levels) and ``observed``, and the attribute ``source`` of the result.

    Raises:
        InputError: If the result has no intervals, no spread, or no measurements at hidden stations.
    """
    table = _with_intervals(result)
    if table.spread.isna().any():
        raise InputError("result: it has no spread of the neighbors; pass the result of reanalyze().")
    lead = table.lead.to_numpy() if "lead" in table else 0.0
    value, spread, km = (table[name].to_numpy() for name in ("value", "spread", "km"))
    below = table.measured.to_numpy() <= intervals.quantiles(value, spread, km, lead)
    table = pd.DataFrame({"forecast": LEVELS, "observed": below.mean(axis=1)})
    table.attrs["source"] = result.attrs.get("source", "")
    return table


def reliability_of_probabilities(probability: np.ndarray, happened: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Return the observed frequency of an event by bins of its forecast probability.

    Args:
        probability: Forecast probability, 0 to 1, any shape.
        happened: Whether the event happened, of the same shape; NaN where that is unknown.
        bins: Number of bins of equal width; empty bins are left out.

    Returns:
        A row for each bin: the mean probability ``forecast``, the frequency ``observed``, and the ``count`` of values.
    """
    table = pd.DataFrame(
        {"forecast": np.ravel(probability), "observed": np.ravel(happened).astype(np.float64)}
    ).dropna()
    number = np.minimum((table.forecast * bins).astype(int), bins - 1)
    grouped = table.groupby(number)
    return grouped.mean().assign(count=grouped.size()).reset_index(drop=True)


def _with_intervals(result: xr.Dataset) -> pd.DataFrame:
    if f"{predicted_pollutant(result)}_lower" not in result:
        raise InputError("source: the result has no intervals; calibrate the model (training does so by default).")
    table = hidden_pairs(result).dropna(subset="lower")
    if table.empty:
        raise InputError(
            "source: no hidden station has both predictions and measurements; hide stations that measured."
        )
    return table


def _plot_stations(result: xr.Dataset, by: str) -> Figure:
    target, table = predicted_pollutant(result), _with_intervals(result)
    units = unit_text(str(result[target].attrs.get("units", "1")))
    bins, label = _bins(table, by, f"predicted {pollutant_name(target)} ({units})")
    by_bin = table.groupby(bins, observed=True)
    stations = (
        table.groupby([bins, "station"], observed=True)[["covered", "width"]].mean().groupby(level=0, observed=True)
    )
    spread = 2 * stations.std().div(np.sqrt(stations.count()))
    figure = new_figure(9.0, 3.8)
    for ax, column, quantity in zip(
        figure.subplots(1, 2), ("covered", "width"), ("coverage", f"mean width ({units})"), strict=True
    ):
        means = by_bin[column].mean()
        plain_axes(ax).errorbar(
            range(len(means)), means, spread[column].fillna(0.0), fmt="o", color=PREDICTED, markersize=6, capsize=3
        )
        ax.set_xticks(range(len(means)), [f"{name}\n{count:,}" for name, count in by_bin.size().items()], fontsize=8)
        ax.set_xlim(-0.6, len(means) - 0.4)
        ax.set_xlabel(f"{label}\nand number of values")
        ax.set_ylabel(f"{quantity} of the 90 % interval")
    left, right = figure.axes
    left.axhline(NOMINAL, color=INK, linewidth=1, linestyle="--")
    left.set_ylim(min(0.5, left.get_ylim()[0]), 1.02)
    right.set_ylim(bottom=0)
    mark_simulated(right, result)
    covered, places = 100 * table.covered.mean(), counted(table.station.nunique(), "hidden station")
    figure.suptitle(f"{places}: {covered:.1f} % of {len(table):,} values in the interval", fontsize=11)
    return figure


def _bins(table: pd.DataFrame, by: str, value: str) -> tuple[pd.Series, str]:
    """Return the bin of each row, named as on the axis, and the label of the axis."""
    if by == "distance":
        bins = distance_bins(table).cat.rename_categories(_without(" km"))
        return bins, "distance to the nearest visible station (km)"
    if by == "value":
        fifths = pd.qcut(table.value, 5, duplicates="drop")
        names = [f"{part.left:.0f}–{part.right:.0f}" for part in fifths.cat.categories]
        return fifths.cat.rename_categories(names).rename("bin"), value
    if by == "lead" and "lead" in table:
        return lead_bins(table).cat.rename_categories(_without(" h")), "hours ahead"
    raise InputError(f"by: {by!r} was given; use 'distance' or 'value', or 'lead' for a forecast.")


def _without(units: str) -> Callable[[str], str]:
    return lambda name: name.removesuffix(units)
