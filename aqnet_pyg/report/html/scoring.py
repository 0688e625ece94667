"""Errors of a run at its hidden stations, as the rows of tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.distances import bin_names, bin_of
from aqnet_pyg.report.selection import target_of

__all__ = ["compared", "scores_by", "with_distance_bin", "with_lead_bin"]

MOST_LEADS = 8
"""Rows of a table by hours ahead."""


def compared(result: xr.Dataset) -> pd.DataFrame:
    """A row for each value that a hidden station measured where there is a prediction.

    Args:
        result: Result at stations.

    Returns:
        Columns ``station``, ``km``, ``error`` (predicted less measured), ``width`` and ``covered`` of the interval (NaN
        without one), and ``lead`` of a forecast.
    """
    target = target_of(result)
    hidden = result.isel(station=np.flatnonzero(result.visible.values == 0))
    value, measured = hidden[target], hidden[f"{target}_measured"]
    nothing = xr.full_like(value, np.nan)
    lower, upper = (hidden.get(f"{target}_{end}", nothing) for end in ("lower", "upper"))
    parts = {
        "error": value - measured,
        "width": upper - lower,
        "covered": ((lower <= measured) & (measured <= upper)).where(lower.notnull()),
    }
    table = (
        xr.Dataset({name: part.reset_coords(drop=True) for name, part in parts.items()}).to_dataframe().reset_index()
    )
    table = table.dropna(subset="error")
    km = pd.Series(hidden.station_distance.values.astype(np.float64), hidden.indexes["station"])
    return table.assign(km=table.station.map(km).astype(np.float64))


def scores_by(table: pd.DataFrame, column: str | None = None) -> pd.DataFrame:
    """Scores of all rows together, or of each group.

    Args:
        table: As :func:`compared` gives it.
        column: Whose values make the groups; ``None`` is one group.

    Returns:
        A row a group: ``stations``, ``n``, ``bias``, ``mae``, ``rmse``, ``coverage`` and ``width`` (mean).
    """
    table = table.assign(absolute=table.error.abs(), square=table.error**2)
    groups = table.groupby(np.zeros(len(table), int) if column is None else column, observed=True)
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


def with_distance_bin(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a column ``bin`` of the distance to the nearest visible station."""
    return table.assign(bin=pd.Categorical.from_codes(bin_of(table.km.to_numpy()), bin_names(), ordered=True))


def with_lead_bin(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a column ``bin`` of the hours ahead: at most :data:`MOST_LEADS` of equal length."""
    wide = -(-int(table.lead.max()) // MOST_LEADS)
    first = (table.lead - 1) // wide * wide + 1
    names = {start: f"{start}–{start + wide - 1} h" if wide > 1 else f"{start} h" for start in sorted(first.unique())}
    return table.assign(bin=pd.Categorical(first.map(names), list(names.values()), ordered=True))
