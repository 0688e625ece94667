"""Colors of the page in the format of its script: tables of the color maps, limits of the scales, categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import BoundaryNorm, ListedColormap, to_hex

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import STANDARDS
from aqnet_pyg.report.categories import category_colors
from aqnet_pyg.report.style import CONCENTRATIONS, ERRORS

DIFFERENCES = "RdBu_r"
"""Diverging color map of errors."""

_TABLE_SIZE = 128


def color_tables() -> dict[str, list[str]]:
    """Return the colors of each scale, lowest value first: ``value``, ``width``, ``error``, ``departure``, ``distance``."""
    maps = {
        "value": CONCENTRATIONS,
        "width": ERRORS,
        "error": DIFFERENCES,
        "departure": DIFFERENCES,
        "distance": f"{ERRORS}_r",
    }
    places = np.linspace(0, 1, _TABLE_SIZE)
    return {name: [to_hex(color) for color in colormaps[colors](places)] for name, colors in maps.items()}


def scale_limits(*values: np.ndarray, symmetric: bool = False) -> tuple[float, float]:
    """Return the limits of a color scale: the 1st and the 99th percentile of the values.

    Args:
        values: Arrays of any shape, NaN where missing.
        symmetric: Make the limits symmetric about zero, at the 98th percentile of the absolute values.
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
    """Return the categories of the daily mean by standard: ``bounds`` (one more than categories), ``colors``, ``names``.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`. Standards without categories for it are left out.
    """
    found = {}
    for standard in STANDARDS:
        try:
            scale, names = category_colors(pollutant, standard)
        except InputError:
            continue
        assert isinstance(scale.norm, BoundaryNorm)
        assert isinstance(scale.cmap, ListedColormap)
        found[standard] = {
            "bounds": [float(bound) for bound in scale.norm.boundaries],
            "colors": [to_hex(scale.cmap(number)) for number in range(scale.cmap.N)],
            "names": names,
        }
    return found
