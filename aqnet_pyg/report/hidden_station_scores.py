"""Scores of predictions at hidden stations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.conformal import bin_names, bin_of
from aqnet_pyg.report.selection import predicted_pollutant

MAX_LEAD_BINS = 7
"""Largest number of lead-time bins: the days of a week."""


def hidden_pairs(result: xr.Dataset) -> pd.DataFrame:
    """Return the pairs of prediction and measurement at hidden stations, one row each.

    Args:
        result: Result at stations.

    Returns:
        Columns ``station``, ``km``, ``value``, ``measured``, ``spread``, ``lower`` and ``upper`` (NaN where there is none),
        ``error`` (predicted minus measured), ``width`` and ``covered`` of the interval, and ``lead`` of a forecast.
    """
    target = predicted_pollutant(result)
    hidden = result.isel(station=np.flatnonzero(result.visible.values == 0))
    nothing = xr.full_like(hidden[target], np.nan)
    names = {"value": target} | {part: f"{target}_{part}" for part in ("measured", "spread", "lower", "upper")}
    parts = {part: hidden.get(name, nothing).reset_coords(drop=True) for part, name in names.items()}
    table = xr.Dataset(parts).to_dataframe().dropna(subset=["value", "measured"]).astype(np.float64).reset_index()
    km = pd.Series(hidden.station_distance.values.astype(np.float64), hidden.indexes["station"])
    return table.assign(
        km=table.station.map(km).astype(np.float64),
        error=table.value - table.measured,
        width=table.upper - table.lower,
        covered=table.measured.between(table.lower, table.upper).astype(np.float64).where(table.lower.notna()),
    )


def scores_by(table: pd.DataFrame, by: str | pd.Series | None = None) -> pd.DataFrame:
    """Return the scores of all pairs, or of each group of pairs.

    Args:
        table: Pairs, as :func:`hidden_pairs` returns them.
        by: Column to group by, or the group of each row; ``None`` for a single group.

    Returns:
        A row for each group: ``stations``, ``n``, ``bias``, ``mae``, ``rmse``, ``coverage`` and mean ``width``.
    """
    table = table.assign(absolute=table.error.abs(), square=table.error**2)
    groups = table.groupby(np.zeros(len(table), int) if by is None else by, observed=True)
    found = groups.agg(
        stations=("station", "nunique"),
        n=("error", "size"),
        bias=("error", "mean"),
        mae=("absolute", "mean"),
        rmse=("square", "mean"),
        coverage=("covered", "mean"),
        width=("width", "mean"),
    )
    return found.assign(rmse=np.sqrt(found.rmse))


def distance_bins(table: pd.DataFrame) -> pd.Series:
    """Return the name of the distance bin of each pair (distance to the nearest visible station)."""
    bins = pd.Categorical.from_codes(bin_of(table.km.to_numpy()), pd.Index(bin_names()), ordered=True)
    return pd.Series(bins, table.index, name="bin")


def lead_bins(table: pd.DataFrame) -> pd.Series:
    """Return the name of the lead-time bin of each pair; there are at most :data:`MAX_LEAD_BINS` of equal length."""
    wide = -(-int(table.lead.max()) // MAX_LEAD_BINS)
    first = (table.lead - 1) // wide * wide + 1
    names = {start: f"{start}–{start + wide - 1} h" if wide > 1 else f"{start} h" for start in sorted(first.unique())}
    bins = pd.Categorical(first.map(names), list(names.values()), ordered=True)
    return pd.Series(bins, table.index, name="bin")
