"""Style that all figures share: colors, axes, names and units; writing figures to files."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing
from aqnet_pyg.local_dates import zone_name
from aqnet_pyg.stations import POLLUTANTS

CONCENTRATIONS = "viridis"
"""Color map of concentrations: perceptually uniform and safe for color-blind readers."""

ERRORS = "cividis"
"""Color map of errors, distinct from that of concentrations."""

OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colors of lines, safe for color-blind readers (Okabe and Ito 2008)."""

PREDICTED, MEASURED = OKABE_ITO[0], OKABE_ITO[6]
INK, FAINT = "0.25", "0.7"
SIMULATED = "#9f1239"
"""Color of the words "simulated data"."""

Source = xr.Dataset | xr.DataArray | pd.DataFrame | str
"""Data with an attribute ``source``, or its text."""

UNKNOWN = "0.92"
"""Background color of a field without values."""

_CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC"),
)
"""The Noto fonts of China and Japan are one file, registered under the Japanese name."""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that is not registered with pyplot.

    Args:
        width: In inches.
        height: In inches.
    """
    figure = Figure(figsize=(width, height), dpi=150)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    FigureCanvasAgg(figure)
    return figure


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes belong to."""
    return cast(Figure, ax.figure)


def save_figure(figure: Figure, path: str | Path, *, run: str | None = None) -> None:
    """Write a figure to a file. An existing file is replaced atomically.

    Args:
        figure: The figure.
        path: The suffix (``.png``, ``.pdf``, ``.svg``) sets the format.
        run: Identity of the run that a PNG file shows, for its metadata.

    Raises:
        InputError: If the format is unknown or the file cannot be written.
    """
    try:
        with replacing(path) as beside:
            format = Path(path).suffix.removeprefix(".") or "png"
            figure.savefig(beside, format=format, metadata=None if run is None else {"run_sha256": run})
    except ValueError as error:
        raise InputError(f"{path}: the figure cannot be written ({error}).") from error


def plain_axes(ax: Axes, grid: Literal["x", "y", "both"] = "y") -> Axes:
    """Format the axes of a diagram: no box, small tick labels, faint grid lines.

    Args:
        ax: The axes.
        grid: Axis whose ticks have grid lines: ``x``, ``y`` or ``both``.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9)
    ax.grid(axis=grid, color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def date_axis(ax: Axes, days: pd.DatetimeIndex, label: str, least: int = 4) -> None:
    """Format a time axis: each tick has its own day and month, or clock time; the years stand in the label.

    Args:
        ax: The axes.
        days: The times drawn, in local time.
        label: Label of the axis without the years.
        least: Smallest number of ticks.
    """
    locator = AutoDateLocator(minticks=least, maxticks=9)
    # For ticks at years, months, days, hours, minutes, seconds; and where these begin a longer unit.
    formats = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"]
    begins = ["%Y", "%b %Y", "%d %b", "%d %b", "%H:%M", "%H:%M:%S"]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, formats=formats, zero_formats=begins, show_offset=False))
    first, last = days.min().year, days.max().year
    ax.set_xlabel(f"{label}, {first}" if first == last else f"{label}, {first}–{last}")


def is_simulated(*data: Source) -> bool:
    """Return whether one of the data sets is simulated, or predicted from simulated data, by its attribute ``source``.

    Args:
        data: Data sets and tables with ``attrs``, or the texts of their attributes ``source``.
    """
    sources = [one if isinstance(one, str) else str(one.attrs.get("source", "")) for one in data]
    return any("simulated" in source.lower() for source in sources)


def mark_simulated(ax: Axes, *data: Source, above: bool = False) -> None:
    """Write "simulated data" into the upper right corner of axes that show such data.

    Args:
        ax: The axes.
        data: The data that were drawn, as for :func:`is_simulated`.
        above: Write it above the corner, where the axes are full.
    """
    if is_simulated(*data):
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2.0}
        style: dict[str, Any] = {"fontsize": 9, "fontweight": "bold", "color": SIMULATED, "bbox": box, "zorder": 6}
        style |= {"transform": ax.transAxes, "ha": "right", "va": "bottom" if above else "top"}
        ax.text(0.99, 1.01 if above else 0.98, "simulated data", **style)


def pollutant_name(pollutant: str) -> str:
    """Return the name of a pollutant with subscripts in mathtext: PM₂.₅."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    return re.sub(r"(?<=[A-Z])([\d.]+)", r"$_{\1}$", label)


def unit_text(units: str) -> str:
    """Return units with superscripts in mathtext: ``ug m-3`` becomes µg m⁻³."""
    return re.sub(r"(?<=[a-z])(-?\d+)", r"$^{\1}$", units.replace("ug", "µg"))


def local_time(hours: np.ndarray, time_zone: str) -> pd.DatetimeIndex:
    """Convert hours from UTC to the local time of a zone, without the zone.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    return pd.DatetimeIndex(hours).tz_localize("UTC").tz_convert(time_zone).tz_localize(None)


def period(hours: np.ndarray, time_zone: str) -> str:
    """Return the period of a mean as text, in local time.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    local = local_time(np.atleast_1d(hours), time_zone)
    first, last = (f"{hour:%Y-%m-%d %H:%M}" for hour in (local[0], local[-1]))
    return f"{first if first == last else f'mean of {first} to {last}'} ({zone_name(time_zone)})"


def fonts_for(text: str) -> list[str] | None:
    """Return the font family to use for a text, or None if no installed font has all its characters."""
    for family in ("sans-serif", *_CHINESE_FONTS):
        try:
            path = findfont(FontProperties(family=[family]), fallback_to_default=family == "sans-serif")
        except ValueError:  # there is no such font
            continue
        if _letters(path).issuperset(map(ord, text)):
            return [family]
    return None


@lru_cache
def _letters(path: str) -> frozenset[int]:
    return frozenset(get_font(path).get_charmap())
