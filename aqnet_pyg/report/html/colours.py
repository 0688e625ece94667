"""Colours of the page, as its script takes them: tables of the colour maps, ends of the scales, categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import STANDARDS
from aqnet_pyg.report.categories import category_colours
from aqnet_pyg.report.style import CONCENTRATIONS, ERRORS

__all__ = ["DIFFERENCES", "categories", "colour_tables", "ends"]

DIFFERENCES = "RdBu_r"
"""Colour map of what is below or above zero."""

_COLOURS = 128


def colour_tables() -> dict[str, list[str]]:
    """Colours from the lowest to the highest, by what they are for: ``value``, ``width``, ``error``, ``distance``."""
    maps = {"value": CONCENTRATIONS, "width": ERRORS, "error": DIFFERENCES, "distance": f"{ERRORS}_r"}
    places = np.linspace(0, 1, _COLOURS)
    return {name: [to_hex(colour) for colour in colormaps[colours](places)] for name, colours in maps.items()}


def ends(*values: np.ndarray, symmetric: bool = False) -> tuple[float, float]:
    """The ends of a scale over values, less one per cent at each end: extremes would take the colours from all others.

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
    """Categories of the daily mean by standard: ``bounds`` (one more than there are), ``colours``, ``names``.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`. A standard that has none for it is left out.
    """
    found = {}
    for standard in STANDARDS:
        try:
            scale, names = category_colours(pollutant, standard)
        except InputError:
            continue
        colours = [to_hex(colour) for colour in scale.cmap.colors]
        found[standard] = {
            "bounds": [float(bound) for bound in scale.norm.boundaries],
            "colours": colours,
            "names": names,
        }
    return found
