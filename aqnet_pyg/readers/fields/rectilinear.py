"""Bilinear interpolation on grids whose rows and columns are parallels and meridians."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.readers.fields.form import standard_longitude
from aqnet_pyg.readers.fields.stencils import Stencil

_WIDEST = 1.5
"""Ratio of the widest interval of longitudes to the second widest from which on the field ends there."""


def locate_rectilinear(axes: tuple[np.ndarray, np.ndarray], longitude: np.ndarray, latitude: np.ndarray) -> Stencil:
    """Return bilinear weights, also across 180 degrees and the seam of a global grid.

    The field ends at the centers of its outermost cells.

    Args:
        axes: Ascending longitudes, shape ``[longitude]``, and latitudes, shape ``[latitude]``, in degrees.
        longitude: Degrees east, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
    """
    columns = len(axes[0])
    west, east, across, inside = _bracket_around(axes[0], longitude)
    south, north, up, within = _bracket(axes[1], latitude)
    cells = np.stack(
        [south * columns + west, south * columns + east, north * columns + west, north * columns + east], 1
    )
    weights = np.stack([(1 - up) * (1 - across), (1 - up) * across, up * (1 - across), up * across], axis=1)
    return Stencil(cells, weights, inside & within)


def _bracket(axis: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper position, weight of the upper one, and whether the value is within the axis; each of shape ``[place]``."""
    axis = np.asarray(axis, np.float64)
    low = np.clip(np.searchsorted(axis, values, side="right") - 1, 0, max(len(axis) - 2, 0))
    high = np.minimum(low + 1, len(axis) - 1)
    width = np.where(high > low, axis[high] - axis[low], 1.0)
    within = (values >= axis[0]) & (values <= axis[-1])
    return low, high, np.where(within, (values - axis[low]) / width, 0.0), within


def _bracket_around(axis: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """As :func:`_bracket` for longitudes, whose first value follows the last one unless the field ends between them."""
    axis = np.asarray(axis, np.float64)
    axis = np.round(axis - 360 * np.floor((axis[0] + 180) / 360), 9)
    values = standard_longitude(values)
    values = np.where(values < axis[0], values + 360, values)
    ring = np.append(axis, axis[0] + 360)
    widths = np.diff(ring)
    low = np.searchsorted(ring, values, side="right") - 1
    weight = (values - ring[low]) / widths[low]
    widest = widths.argmax()
    ends = len(axis) == 1 or widths[widest] > _WIDEST * np.sort(widths)[-2]
    return low, (low + 1) % len(axis), weight, ~((low == widest) & (weight > 0) & ends)
