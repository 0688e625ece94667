"""Calendar of the gaps of stations: which days were measured, filled, or not filled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from aqnet_pyg.inference.filling import STATUS
from aqnet_pyg.local_dates import local_days, zone_name
from aqnet_pyg.report.selection import filled_pollutant
from aqnet_pyg.report.style import OKABE_ITO, UNKNOWN, date_axis, figure_of, mark_simulated, new_figure, pollutant_name

DAYS = (
    ("measured", UNKNOWN),
    ("up to half of the day filled", OKABE_ITO[5]),
    ("more than half filled", OKABE_ITO[0]),
    ("hours that are not filled", OKABE_ITO[1]),
)
"""Kinds of days, and their colors."""

MAX_LABELS = 40
"""Maximum number of stations with a label."""


def plot_gaps(
    product: xr.Dataset, pollutant: str | None = None, *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw a calendar of gaps: a row for each station, a column for each local day.

    Args:
        product: Result of :func:`aqnet_pyg.fill`.
        pollutant: The pollutant; ``None`` for the first.
        title: Title; ``None`` for the pollutant and the share of station-hours that are filled.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure.

    Raises:
        InputError: If it is not such a result, or it has no such pollutant.
    """
    target = filled_pollutant(product, pollutant)
    status = product[f"{target}_status"].transpose("time", "station").values
    zone = product.attrs.get("time_zone", "UTC")
    days, kinds = day_kinds(status, product.indexes["time"], zone)
    count = product.sizes["station"]
    ax = new_figure(9.0, float(np.clip(1.4 + 0.14 * count, 2.5, 7.0))).add_subplot() if ax is None else ax
    colors = ListedColormap([color for _, color in DAYS])
    first = date2num(days[0])
    extent = (first, first + len(days), count - 0.5, -0.5)
    ax.imshow(
        kinds.T, cmap=colors, vmin=-0.5, vmax=len(DAYS) - 0.5, aspect="auto", interpolation="nearest", extent=extent
    )
    ax.xaxis_date()
    date_axis(ax, pd.DatetimeIndex(days), f"local day ({zone_name(zone)})", least=3)
    mark_simulated(ax, product)
    if count <= MAX_LABELS:
        ax.set_yticks(range(count), product.station.values.astype(str), fontsize=7)
    else:
        ax.set_yticks([])
        ax.set_ylabel(f"{count:,} stations")
    ax.tick_params(axis="x", labelsize=9)
    handles = [Patch(color=color, label=name) for name, color in DAYS]
    # Below the tick labels and the axis label, which take about half an inch.
    below = -0.55 / (figure_of(ax).get_figheight() * ax.get_position().height)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, below), ncols=len(DAYS), frameon=False, fontsize=8
    )
    share = np.mean(status == STATUS["filled"])
    ax.set_title(title or f"{pollutant_name(target)}: {share:.1%} of the station-hours are filled", fontsize=11)
    return figure_of(ax)


def day_kinds(status: np.ndarray, time: pd.Index, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the local days, shape ``[day]``, and for each day and station the position in :data:`DAYS`, ``[day, station]``.

    Args:
        status: Status of each hour, shape ``[time, station]``.
        time: Ends of the hours, UTC.
        zone: Name of the local zone.
    """
    number = local_days(pd.DatetimeIndex(time), zone)
    day = number - number[0]
    shape = (int(day[-1]) + 1, status.shape[1])
    filled, absent, hours = np.zeros(shape), np.zeros(shape), np.bincount(day)[:, None]
    np.add.at(filled, day, status == STATUS["filled"])
    np.add.at(absent, day, status > STATUS["filled"])
    kinds = np.select([absent > 0, filled > hours / 2, filled > 0], [3, 2, 1], 0)
    return np.arange(number[0], number[-1] + 1).astype("datetime64[D]"), kinds
