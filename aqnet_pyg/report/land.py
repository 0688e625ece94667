"""Which places are on land, by the coasts of Natural Earth."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from aqnet_pyg.report.coasts import coasts

SEA_KM = 25.0
"""Largest distance from a station at which a cell at sea is shown."""


def on_land(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return whether places are on land, as the coasts of :func:`aqnet_pyg.report.coasts.coasts` have it.

    Lakes are land, also the Caspian Sea. So is all of the Antarctic.

    Args:
        longitude: Degrees, any shape.
        latitude: Degrees, of the same shape.

    Returns:
        Booleans of that shape.
    """
    east = (np.asarray(longitude, np.float64) + 180) % 360 - 180
    points = shapely.points(np.stack([east.ravel(), np.ravel(latitude)], axis=1))
    found = np.ravel(np.asarray(latitude) < -60)
    found[_countries().query(points, "within")[0]] = True
    return found.reshape(east.shape)


def reach(longitude: np.ndarray, latitude: np.ndarray, max_distance_km: float) -> np.ndarray:
    """Return up to what distance from a station cells are shown: at sea, where no station measures, only up to :data:`SEA_KM`.

    Args:
        longitude: Of the cells, degrees, any shape.
        latitude: Degrees, of the same shape.
        max_distance_km: The distance on land; infinite, there is no limit at sea either.
    """
    at_sea = min(SEA_KM, max_distance_km) if np.isfinite(max_distance_km) else max_distance_km
    return np.where(on_land(longitude, latitude), max_distance_km, at_sea)


@cache
def _countries() -> shapely.STRtree:
    lines = [*coasts()]
    # Coasts end near 180 degrees; land is between the first and the second end from the south, the third and the fourth, ...
    for edge in (-180, 180):
        ends = [end for line in coasts() for end in line[[0, -1]] if abs(end[0] - edge) < 0.2 and end[1] > -60]
        ends.sort(key=lambda end: end[1])
        lines += [np.array(pair) for pair in zip(ends[::2], ends[1::2], strict=False)]
    return shapely.STRtree(shapely.get_parts(shapely.polygonize([shapely.LineString(line) for line in lines])))
