"""Time series of predictions and measurements at a station or in a city: hourly, and means over parts of the day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aqnet_pyg.errors import InputError
from aqnet_pyg.local_dates import zone_name
from aqnet_pyg.report.selection import Hours, newest_forecasts, predicted_pollutant, select_hours
from aqnet_pyg.report.style import (
    MEASURED,
    PREDICTED,
    date_axis,
    figure_of,
    fonts_for,
    local_time,
    mark_simulated,
    new_figure,
    plain_axes,
    pollutant_name,
    unit_text,
)

SLOTS = ((9, 12), (16, 19))
"""First and last local clock time of the two slots of the paper."""


def plot_series(
    result: xr.Dataset,
    where: str | Collection[str],
    *,
    time: Hours = None,
    issued: str | np.datetime64 | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw hourly predictions with their 90 % interval, and measurements.

    For several stations or a city, means over the stations are drawn: of predictions over all stations, of measurements over
    the reporting ones, if they are at least half. The band is then the mean of the stations' intervals, which is wider than an
    interval for the mean.

    Args:
        result: Result at stations, of :func:`aqnet_pyg.reanalyze`. In a reconstruction, a visible station is estimated from
            the other visible stations.
        where: Code of a station, or several; or the name of a city.
        time: The hours to draw (UTC), as in ``sel(time=...)``; ``None`` for all.
        issued: Reference time of the forecast to draw (UTC); ``None`` for the newest forecast for each hour.
        title: Title of the diagram; ``None`` for the name of the place.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure.

    Raises:
        InputError: If a station, city, hour or forecast does not exist, or there are no predictions.
    """
    place = _Place.of(result, where, time, issued)
    ax = new_figure(9.0, 3.6).add_subplot() if ax is None else ax
    plain_axes(ax)
    series = place.series
    if "lower" in series:
        label = "90 % interval" if place.count == 1 else "mean of the stations' 90 % intervals"
        ax.fill_between(series.index, series.lower, series.upper, color=PREDICTED, alpha=0.2, linewidth=0, label=label)
    # With dots, since a single hour between gaps has no line.
    dots: dict[str, Any] = {"marker": ".", "markersize": 3} if len(series) < 400 else {}
    ax.plot(series.index, series.measured, color=MEASURED, linewidth=1.2, label="measured", **dots)
    ax.plot(series.index, series.predicted, color=PREDICTED, linewidth=1.6, label=place.product)
    date_axis(ax, pd.DatetimeIndex(series.index), f"local time ({zone_name(place.zone)})")
    mark_simulated(ax, result)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(place.label)
    ax.margins(x=0.01)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, frameon=False, fontsize=9)
    text = title or place.name
    ax.set_title(text, fontsize=11, fontfamily=fonts_for(text) or ["sans-serif"])
    return figure_of(ax)


def plot_slots(
    result: xr.Dataset,
    where: str | Collection[str],
    *,
    slots: Sequence[tuple[int, int]] = SLOTS,
    time: Hours = None,
    issued: str | np.datetime64 | None = None,
    title: str | None = None,
) -> Figure:
    """Draw daily means of predictions and measurements over slots of the day.

    A mean needs at least half of the hours of its slot. Error bars are the means of the hourly 90 % intervals.

    Args:
        result: Result at stations, as in :func:`aqnet_pyg.report.plot_series`.
        where: Code of a station, or several; or the name of a city.
        slots: First and last local clock time of each slot.
        time: The hours to draw (UTC); ``None`` for all.
        issued: Reference time of the forecast to draw (UTC); ``None`` for the newest forecast for each hour.
        title: Title of the figure; ``None`` for the name of the place.

    Returns:
        The figure, with one row of axes for each slot.

    Raises:
        InputError: If a station, city, hour or forecast does not exist, there are no predictions, or a slot has no hours.
    """
    place = _Place.of(result, where, time, issued)
    figure = new_figure(9.0, 1.2 + 2.1 * len(slots))
    rows = figure.subplots(len(slots), sharex=True, sharey=True, squeeze=False)[:, 0]
    for ax, (first, last) in zip(rows, slots, strict=True):
        days = _slot(place.series, first, last)
        plain_axes(ax)
        ax.plot(days.index, days.measured, "o-", color=MEASURED, linewidth=1.0, markersize=4, label="measured")
        style: dict[str, Any] = {"color": PREDICTED, "linewidth": 1.2, "markersize": 5, "label": place.product}
        if "lower" in days:
            bars = np.maximum([days.predicted - days.lower, days.upper - days.predicted], 0.0)
            style["label"] += " with 90 % interval"
            ax.errorbar(days.index, days.predicted, bars, fmt="s-", capsize=3, elinewidth=0.8, **style)
        else:
            ax.plot(days.index, days.predicted, "s-", **style)
        ax.set_title(f"{first:02d}–{last:02d} h", fontsize=10, loc="left")
    rows[0].set_ylim(bottom=0)
    figure.supylabel(place.label, fontsize=10)
    date_axis(rows[-1], pd.DatetimeIndex(place.series.index), f"local time ({zone_name(place.zone)})")
    mark_simulated(rows[0], result)
    rows[-1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=2, frameon=False, fontsize=9)
    text = title or place.name
    figure.suptitle(text, fontsize=11, fontfamily=fonts_for(text) or ["sans-serif"])
    return figure


@dataclass(frozen=True)
class _Place:
    """Series of a station, or means over several.

    Args:
        name: Name for the title.
        count: Number of stations.
        series: Columns ``predicted``, ``measured`` and, with intervals, ``lower`` and ``upper``, by the end of the local hour.
        product: Name of the prediction in the legend.
        label: Quantity and units.
        zone: Time zone.
    """

    name: str
    count: int
    series: pd.DataFrame
    product: str
    label: str
    zone: str

    @classmethod
    def of(
        cls, result: xr.Dataset, where: str | Collection[str], time: Hours, issued: str | np.datetime64 | None
    ) -> _Place:
        target = predicted_pollutant(result)
        codes, name = _find(result, where)
        forecast = "lead" in result.dims
        hourly = newest_forecasts(result.sel(station=codes), issued)
        parts = {
            "predicted": target,
            "lower": f"{target}_lower",
            "upper": f"{target}_upper",
            "measured": f"{target}_measured",
        }
        arrays = {
            part: select_hours(hourly[variable], time, "result").transpose("time", ...)
            for part, variable in parts.items()
            if variable in hourly
        }
        series = pd.DataFrame({part: array.mean("station").values for part, array in arrays.items()})
        series.loc[arrays["measured"].notnull().mean("station").values < 0.5, "measured"] = np.nan
        if series.predicted.isna().all():
            raise InputError(
                f"where: there are no predictions at {name} in these hours; choose other hours or stations."
            )
        zone = result.attrs.get("time_zone", "UTC")
        series.index = local_time(arrays["predicted"].time.values, zone)
        # Missing hours are gaps in the line.
        series = series.reindex(pd.date_range(series.index[0], series.index[-1], freq="h"))
        product = "reconstructed"
        if forecast:
            product = "forecast, the newest for each hour"
            if issued is not None:
                product = f"forecast of {local_time(np.atleast_1d(np.datetime64(issued)), zone)[0]:%Y-%m-%d %H:%M}"
        hidden = int((result.visible.sel(station=codes) == 0).sum())
        visibility = {0: "visible", len(codes): "hidden"}.get(hidden, f"{hidden} of them hidden")
        details = visibility if len(codes) == 1 else f"{len(codes)} stations, {visibility}"
        label = f"{pollutant_name(target)} ({unit_text(str(result[target].attrs.get('units', '1')))})"
        return cls(f"{name} ({details})", len(codes), series, product, label, zone)


def _find(result: xr.Dataset, where: str | Collection[str]) -> tuple[list[str], str]:
    """Return the codes of the stations, and a name for the title."""
    codes = result.indexes["station"]
    if not isinstance(where, str):
        unknown = [code for code in where if code not in codes]
        if unknown or not where:
            raise InputError(
                f"where: {unknown[0] if unknown else where!r} is not a station; use codes such as {codes[0]!r}."
            )
        return list(where), ", ".join(where) if len(where) < 4 else "mean"
    if where in codes:
        name = str(result.name.sel(station=where).item()) if "name" in result.coords else ""
        return [where], f"{name} {where}".strip() if fonts_for(name) else where
    cities = result.city.values.astype(str) if "city" in result.coords else np.empty(0, str)
    if where in cities:
        return list(codes[cities == where]), where
    some = f" and cities such as {min(cities.tolist())!r}" if cities.size else ""
    raise InputError(f"where: {where!r} is neither a station nor a city; use codes such as {codes[0]!r}{some}.")


def _slot(series: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Return the means over a slot by local day."""
    if not 0 <= first < last <= 24:
        raise InputError(f"slots: {(first, last)} was given; use a first and a later last clock time from 0 to 24.")
    began = pd.DatetimeIndex(series.index) - pd.Timedelta("1h")  # an hour is labeled by its end
    inside = series[(began.hour >= first) & (began.hour < last)]
    if inside.empty:
        raise InputError(f"slots: there are no hours from {first} to {last} o'clock; choose other hours or slots.")
    by_day = inside.groupby((pd.DatetimeIndex(inside.index) - pd.Timedelta("1h")).normalize())
    means = by_day.mean().where(by_day.count() >= (last - first) / 2)
    return means.reindex(pd.date_range(means.index[0], means.index[-1], freq="D"))
