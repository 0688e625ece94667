"""Colors of air-quality categories, for those who want them; they are not made for the color-blind."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.standards import find_standard
from aqnet_pyg.levels.units import convert_units
from aqnet_pyg.stations import POLLUTANTS

__all__ = ["category_colors"]


def category_colors(pollutant: str, standard: str) -> tuple[ScalarMappable, list[str]]:
    """The categories of the daily means of a pollutant.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`; concentrations are in its units.
        standard: A name in :data:`aqnet_pyg.levels.STANDARDS` that has an index.

    Returns:
        The scale, and the names of its colors from the lowest on.

    Raises:
        InputError: If the standard has no categories of the daily mean.
    """
    rules = find_standard(standard)
    part = rules.indices.get("day", {}).get(f"{pollutant}_24h")
    # An index that does not begin at zero stands in for another one.
    if part is None or part.curve.points[0] != (0, 0):
        raise InputError(
            f"colors: {standard!r} has no categories of the daily mean of {pollutant}; use a color map such as 'viridis'."
        )
    concentration, index = np.array(part.curve.points).T
    ends = np.interp([min(one.max_index, index[-1]) for one in rules.categories], index, concentration)
    # A value that is rounded down to the end of a category is still in it.
    rounding = rules.concentration_rounding[pollutant]
    ends[:-1] += rounding.step if rounding.mode == "down" else rounding.step / 2
    one = xr.DataArray(1.0, attrs={"units": POLLUTANTS[pollutant].units})
    ends /= float(convert_units(one, pollutant, rules.units[pollutant]))
    colors = ListedColormap([one.color for one in rules.categories])
    names = [one.name.replace("_", " ") for one in rules.categories]
    return ScalarMappable(BoundaryNorm([0.0, *ends], colors.N), colors), names
