"""Colors of the page, as its script takes them: tables of the color maps, ends of the scales, categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import STANDARDS
from aqnet_pyg.report.categories import category_colors
from aqnet_pyg.report.style import CONCENTRATIONS, ERRORS

__all__ = ["DIFFERENCES", "categories", "color_tables", "ends"]

DIFFERENCES = "RdBu_r"
"""Color map of what is below or above zero."""

_COLORS = 128


def color_tables() -> dict[str, list[str]]:
    """Colors from the lowest to the highest, by what they are for: ``value``, ``width``, ``error``, ``distance``."""
    maps = {"value": CONCENTRATIONS, "width": ERRORS, "error": DIFFERENCES, "distance": f"{ERRORS}_r"}
    places = np.linspace(0, 1, _COLORS)
    return {name: [to_hex(color) for color in colormaps[colors](places)] for name, colors in maps.items()}


def ends(*values: np.ndarray, symmetric: bool = False) -> tuple[float, float]:
    """The ends of a scale over values, less one per cent at each end: extremes would take the colors from all others.

    Args:
        values: Arrays of any shape, NaN where missing.
        symmetric: About zero.
    """
    known = np.concatenate([array[np.isfinite(array)] for array in map(np.asarray, values)] or [np.empty(0)])
    if known.size == 0:
        return (-1.0, 1.0) if symmetric else (0.0, 1.0)
    if symmetric:
        end = float(np.quantile(np.abs(known), 0.98)) or 1.0
        return -end, end
    low, high = (float(end) for end in np.quantile(known, [0.01, 0.99]))
    return (low, high) if high > low else (0.0, max(high, 1.0))


def categories(pollutant: str) -> dict[str, dict[str, Any]]:
    """Categories of the daily mean by standard: ``bounds`` (one more than there are), ``colors``, ``names``.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`. A standard that has none for it is left out.
    """
    found = {}
    for standard in STANDARDS:
        try:
            scale, names = category_colors(pollutant, standard)
        except InputError:
            continue
        colors = [to_hex(color) for color in scale.cmap.colors]
        found[standard] = {
            "bounds": [float(bound) for bound in scale.norm.boundaries],
            "colors": colors,
            "names": names,
        }
    return found
