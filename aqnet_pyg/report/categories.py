"""Colors of air-quality categories, as the standards define them; they are not safe for color-blind readers."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.standards import find_standard
from aqnet_pyg.levels.units import convert_units
from aqnet_pyg.stations import POLLUTANTS


def category_colors(pollutant: str, standard: str) -> tuple[ScalarMappable, list[str]]:
    """Return a color scale of the categories of the daily mean of a pollutant.

    Args:
        pollutant: A key of :data:`~aqnet_pyg.stations.POLLUTANTS`; concentrations are in its units.
        standard: A name in :data:`aqnet_pyg.levels.STANDARDS` that has an index.

    Returns:
        The scale, and the names of its colors, lowest first.

    Raises:
        InputError: If the standard has no categories for the daily mean.
    """
    rules = find_standard(standard)
    part = rules.indices.get("day", {}).get(f"{pollutant}_24h")
    # A curve that does not begin at zero only supplements that of another averaging period.
    if part is None or part.curve.points[0] != (0, 0):
        raise InputError(
            f"colors: {standard!r} has no categories for the daily mean of {pollutant}; use a color map such as 'viridis'."
        )
    concentration, index = np.array(part.curve.points).T
    ends = np.interp([min(one.max_index, index[-1]) for one in rules.categories], index, concentration)
    # A value that is rounded down to the upper bound of a category belongs to it.
    rounding = rules.concentration_rounding[pollutant]
    ends[:-1] += rounding.step if rounding.mode == "down" else rounding.step / 2
    one = xr.DataArray(1.0, attrs={"units": POLLUTANTS[pollutant].units})
    ends /= float(convert_units(one, pollutant, rules.units[pollutant]))
    colors = ListedColormap([one.color for one in rules.categories])
    names = [one.name.replace("_", " ") for one in rules.categories]
    return ScalarMappable(BoundaryNorm([0.0, *ends], colors.N), colors), names
