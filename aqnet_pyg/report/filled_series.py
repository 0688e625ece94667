"""Time series of a station with filled gaps and their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.filling import STATUS
from aqnet_pyg.local_dates import zone_name
from aqnet_pyg.report.selection import Hours, filled_pollutant, select_hours
from aqnet_pyg.report.style import (
    MEASURED,
    PREDICTED,
    date_axis,
    figure_of,
    local_time,
    mark_simulated,
    new_figure,
    plain_axes,
    pollutant_name,
    unit_text,
)

EXAMPLE_HOURS = 336
"""Length in hours of the period that :func:`example_of_filling` chooses."""


def plot_filled(
    product: xr.Dataset,
    station: str,
    pollutant: str | None = None,
    *,
    time: Hours = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the measured hours of a station, and the filled ones with their 90 % interval.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        station: Code of the station.
        pollutant: The pollutant; ``None`` for the first.
        time: The hours to draw (UTC), as in ``sel(time=...)``; ``None`` for all.
        title: Title; ``None`` for the code of the station.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure.

    Raises:
        InputError: If it is not such a result, or a pollutant, station or hour does not exist.
    """
    target = filled_pollutant(product, pollutant)
    if station not in product.indexes["station"]:
        raise InputError(
            f"station: {station!r} is not in the product; use codes such as {product.station.values[0]!r}."
        )
    names = [target, *(f"{target}_{part}" for part in ("lower", "upper", "status"))]
    one = select_hours(product[names].sel(station=station), time, "product")
    zone = product.attrs.get("time_zone", "UTC")
    series = one[names].to_dataframe()[names].set_axis(["value", "lower", "upper", "status"], axis="columns")
    series.index = local_time(one.time.values, zone)
    measured = series.value.where(series.status == STATUS["measured"])
    # A filled stretch is drawn from the last measurement before it to the first after it.
    filled = (series.status == STATUS["filled"]).to_numpy()
    beside = filled | np.append(filled[1:], False) | np.append(False, filled[:-1])
    estimate = series.where(pd.Series(beside, series.index))
    ax = new_figure(9.0, 3.6).add_subplot() if ax is None else ax
    plain_axes(ax)
    ax.fill_between(
        series.index, estimate.lower, estimate.upper, color=PREDICTED, alpha=0.2, linewidth=0, label="90 % interval"
    )
    ax.plot(series.index, estimate.value, color=PREDICTED, linewidth=1.6, label="filled")
    ax.plot(series.index, measured, color=MEASURED, linewidth=1.2, marker=".", markersize=3, label="measured")
    date_axis(ax, pd.DatetimeIndex(series.index), f"local time ({zone_name(zone)})")
    mark_simulated(ax, product)
    ax.set_ylabel(f"{pollutant_name(target)} ({unit_text(str(product[target].attrs.get('units', '1')))})")
    ax.set_ylim(bottom=0)
    ax.margins(x=0.01)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, frameon=False, fontsize=9)
    ax.set_title(title or station, fontsize=11)
    return figure_of(ax)


def example_of_filling(product: xr.Dataset, pollutant: str | None = None) -> tuple[str, slice]:
    """Return a station and a period of two weeks with both many filled and many measured hours, for a picture.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        pollutant: The pollutant; None for the first.

    Returns:
        Code, and the hours as in ``sel(time=...)``.
    """
    target = filled_pollutant(product, pollutant)
    status = product[f"{target}_status"].transpose("time", "station").values
    starts = np.arange(0, len(status), EXAMPLE_HOURS)
    filled, measured = (
        np.add.reduceat(status == STATUS[kind], starts, axis=0, dtype=np.int64) for kind in ("filled", "measured")
    )
    part, station = np.unravel_index(np.minimum(filled, measured).argmax(), filled.shape)
    hours = product.time.values[starts[part] : starts[part] + EXAMPLE_HOURS]
    return str(product.station.values[station]), slice(hours[0], hours[-1])
