"""The one look of all figures: colors, frames, names and units."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from aqnet_pyg.stations import POLLUTANTS

__all__ = [
    "CONCENTRATIONS",
    "ERRORS",
    "FAINT",
    "INK",
    "MEASURED",
    "OKABE_ITO",
    "PREDICTED",
    "UNKNOWN",
    "fonts_for",
    "local_time",
    "new_figure",
    "period",
    "plain_axes",
    "pollutant_name",
    "unit_text",
]

CONCENTRATIONS = "viridis"
"""Color map of concentrations: perceptually uniform, and read by the color-blind."""

ERRORS = "cividis"
"""Color map of errors, told apart from the other."""

OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colors of lines, told apart by the color-blind (Okabe and Ito 2008)."""

PREDICTED, MEASURED = OKABE_ITO[0], OKABE_ITO[6]
INK, FAINT = "0.25", "0.7"
UNKNOWN = "0.92"
"""Where nothing is known."""

_CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC"),
)
"""The Noto fonts of China and Japan are one file, which goes by the name of the latter."""


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, of no window and known to no pyplot.

    Args:
        width: In inches.
        height: Likewise.
    """
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    FigureCanvasAgg(figure)
    return figure


def plain_axes(ax: Axes, grid: str = "y") -> Axes:
    """Axes of a diagram: no box, small figures, faint lines across.

    Args:
        ax: The axes.
        grid: Where lines are drawn from: ``x``, ``y`` or ``both``.
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9)
    ax.grid(axis=grid, color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def pollutant_name(pollutant: str) -> str:
    """As people write it, with small figures: PM₂.₅."""
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    return re.sub(r"(?<=[A-Z])([\d.]+)", r"$_{\1}$", label)


def unit_text(units: str) -> str:
    """Units as people write them: ``ug m-3`` becomes µg m⁻³."""
    return re.sub(r"(?<=[a-z])(-?\d+)", r"$^{\1}$", units.replace("ug", "µg"))


def local_time(hours: np.ndarray, time_zone: str) -> pd.DatetimeIndex:
    """Hours in UTC as the clocks of a zone show them.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    return pd.DatetimeIndex(hours).tz_localize("UTC").tz_convert(time_zone).tz_localize(None)


def period(hours: np.ndarray, time_zone: str) -> str:
    """The hours that a mean is of, in words.

    Args:
        hours: UTC, shape ``[hour]``.
        time_zone: IANA name.
    """
    local = local_time(np.atleast_1d(hours), time_zone)
    first, last = (f"{hour:%Y-%m-%d %H:%M}" for hour in (local[0], local[-1]))
    return f"{first if first == last else f'mean of {first} to {last}'} ({time_zone})"


def fonts_for(text: str) -> list[str] | None:
    """The font to write a text with, or None where no font here has all its letters."""
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
