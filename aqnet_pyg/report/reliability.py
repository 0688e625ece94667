"""Whether intervals and probabilities hold what they promise."""

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
from aqnet_pyg.report.evaluations import plot_bins, read_evaluation
from aqnet_pyg.report.scoring import compared, distance_bins, lead_bins
from aqnet_pyg.report.selection import target_of
from aqnet_pyg.report.style import INK, OKABE_ITO, PREDICTED, new_figure, plain_axes, pollutant_name, unit_text
from aqnet_pyg.text import counted

__all__ = ["plot_coverage", "plot_reliability", "reliability_of_intervals", "reliability_of_probabilities"]

NOMINAL = 0.9


def plot_coverage(source: xr.Dataset | Mapping[str, Any] | str | Path, *, by: str = "distance") -> Figure:
    """Draw how often the 90 % interval holds what was measured, and how wide it is, bin by bin.

    Args:
        source: Result at stations, of :func:`aqnet_pyg.reanalyze`, of which the hidden ones are looked at; bars
            are two standard errors over stations, since the hours of a station are alike. Or what ``aqnet evaluate`` wrote,
            as a file or its content: coverage by distance, one line a row, bars of one standard deviation over seeds.
        by: Bins of a result: ``distance`` to the nearest visible station, ``value`` (fifths of the predictions), or
            ``lead`` of a forecast.

    Returns:
        The figure.

    Raises:
        InputError: If there is no interval, no hidden station measured, or ``by`` is not known.
    """
    if isinstance(source, xr.Dataset):
        return _plot_stations(source, by)
    content = read_evaluation(source)
    tables = {
        name: {
            row: {where: part["coverage"] | {"n": part["n"]} for where, part in scores["distance"].items()}
            for row, scores in rows.items()
        }
        for name, rows in (content.get("intervals") or {}).items()
    }
    return plot_bins(content, tables, "coverage of the 90 % interval", NOMINAL)


def plot_reliability(tables: pd.DataFrame | Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw what was observed against what was promised; on the diagonal, promises are kept.

    Args:
        tables: With columns ``promised`` and ``observed`` (0 to 1) and, where values were binned, their ``count``: of
            :func:`reliability_of_intervals` or :func:`reliability_of_probabilities`. Several by names for the legend.
        title: Above.

    Returns:
        The figure.

    Raises:
        InputError: If there is no table, or nothing in one of them.
    """
    named = {"": tables} if isinstance(tables, pd.DataFrame) else tables
    empty = [name for name, table in named.items() if table.empty]
    if empty or not named:
        raise InputError(f"tables: there is nothing in {empty[0] or 'it' if empty else 'them'}; give one or more rows.")
    counted = any("count" in table for table in named.values())
    figure = new_figure(4.6, 5.8 if counted else 4.8)
    axes = figure.subplots(1 + counted, sharex=True, height_ratios=[4, 1][: 1 + counted], squeeze=False)[:, 0]
    main = plain_axes(axes[0], grid="both")
    main.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle="--")
    for number, (name, table) in enumerate(named.items()):
        color = OKABE_ITO[number % len(OKABE_ITO)]
        main.plot(table.promised, table.observed, "o-", color=color, markersize=3 if len(table) > 30 else 5, label=name)
        if "count" in table:
            plain_axes(axes[1]).plot(table.promised, table["count"], "o-", color=color, markersize=3, linewidth=1)
    main.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal" if not counted else "auto")
    main.set_ylabel("observed frequency")
    axes[-1].set_xlabel("promised probability")
    if counted:
        axes[1].set_yscale("log")
        axes[1].yaxis.set_minor_formatter(NullFormatter())
        axes[1].set_ylabel("values")
    if any(named):
        main.legend(frameon=False, fontsize=9)
    main.set_title(title or "", fontsize=11)
    return figure


def reliability_of_intervals(result: xr.Dataset, intervals: ConformalIntervals) -> pd.DataFrame:
    """How often what hidden stations measured is below the quantile of each level.

    Args:
        result: Result at stations, of :func:`aqnet_pyg.reanalyze`.
        intervals: Those of the model that made it, ``model.intervals``.

    Returns:
        Columns ``promised`` (the levels) and ``observed``.

    Raises:
        InputError: If the result has no interval or no spread, or no hidden station measured.
    """
    table = _with_intervals(result)
    if table.spread.isna().any():
        raise InputError("result: the spread of the neighbors is missing; pass what reanalyze() returned.")
    lead = table.lead.to_numpy() if "lead" in table else 0.0
    columns = (table[name].to_numpy() for name in ("value", "spread", "km"))
    below = table.measured.to_numpy() <= intervals.quantiles(*columns, lead)
    return pd.DataFrame({"promised": LEVELS, "observed": below.mean(axis=1)})


def reliability_of_probabilities(probability: np.ndarray, happened: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """How often something happened that was said to happen with a probability.

    Args:
        probability: 0 to 1, any shape.
        happened: Whether it did, of the same shape; NaN where that is not known.
        bins: Of equal width; those without a value are left out.

    Returns:
        A row a bin: the mean probability ``promised``, the frequency ``observed``, and the ``count`` of values.
    """
    table = pd.DataFrame(
        {"promised": np.ravel(probability), "observed": np.ravel(happened).astype(np.float64)}
    ).dropna()
    number = np.minimum((table.promised * bins).astype(int), bins - 1)
    grouped = table.groupby(number)
    return grouped.mean().assign(count=grouped.size()).reset_index(drop=True)


def _with_intervals(result: xr.Dataset) -> pd.DataFrame:
    if f"{target_of(result)}_lower" not in result:
        raise InputError("source: the result has no intervals; calibrate the model (a training does, on its own).")
    table = compared(result).dropna(subset="lower")
    if table.empty:
        raise InputError("source: no hidden station measured where there is a prediction, so nothing can be compared.")
    return table


def _plot_stations(result: xr.Dataset, by: str) -> Figure:
    target, table = target_of(result), _with_intervals(result)
    units = unit_text(str(result[target].attrs.get("units", "1")))
    bins, label = _bins(table, by, f"predicted {pollutant_name(target)} ({units})")
    by_bin = table.groupby(bins, observed=True)
    stations = (
        table.groupby([bins, "station"], observed=True)[["covered", "width"]].mean().groupby(level=0, observed=True)
    )
    spread = 2 * stations.std().div(np.sqrt(stations.count()))
    figure = new_figure(9.0, 3.8)
    for ax, column, what in zip(
        figure.subplots(1, 2), ("covered", "width"), ("coverage", f"mean width ({units})"), strict=True
    ):
        means = by_bin[column].mean()
        plain_axes(ax).errorbar(
            range(len(means)), means, spread[column].fillna(0.0), fmt="o", color=PREDICTED, markersize=6, capsize=3
        )
        ax.set_xticks(range(len(means)), [f"{name}\n{count:,}" for name, count in by_bin.size().items()], fontsize=8)
        ax.set_xlim(-0.6, len(means) - 0.4)
        ax.set_xlabel(f"{label}\nand number of values")
        ax.set_ylabel(f"{what} of the 90 % interval" if column == "covered" else f"its {what}")
    left, right = figure.axes
    left.axhline(NOMINAL, color=INK, linewidth=1, linestyle="--")
    left.set_ylim(min(0.5, left.get_ylim()[0]), 1.02)
    right.set_ylim(bottom=0)
    covered, places = 100 * table.covered.mean(), counted(table.station.nunique(), "hidden station")
    figure.suptitle(f"{places}: {covered:.1f} % of {len(table):,} values in the interval", fontsize=11)
    return figure


def _bins(table: pd.DataFrame, by: str, value: str) -> tuple[pd.Series, str]:
    """The bin of each row, by the name that it has on the axis; and the label of the axis."""
    if by == "distance":
        return distance_bins(table).cat.rename_categories(
            _without(" km")
        ), "distance to the nearest visible station (km)"
    if by == "value":
        fifths = pd.qcut(table.value, 5, duplicates="drop")
        names = [f"{part.left:.0f}–{part.right:.0f}" for part in fifths.cat.categories]
        return fifths.cat.rename_categories(names).rename("bin"), value
    if by == "lead" and "lead" in table:
        return lead_bins(table).cat.rename_categories(_without(" h")), "hours ahead"
    raise InputError(f"by: {by!r} was given; use 'distance' or 'value', or 'lead' for a forecast.")


def _without(units: str) -> Callable[[str], str]:
    return lambda name: name.removesuffix(units)
