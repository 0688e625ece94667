"""Bilinear interpolation on curvilinear grids, such as those of projected models."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.readers.fields.local_planes import tangent_axes, unit_vectors
from aqnet_pyg.readers.fields.stencils import Stencil

_NEAREST = 4
"""Number of nearest cell centers whose quadrilaterals are searched."""

_TOLERANCE = 1e-9
"""Share of a quadrilateral by which a place may lie outside of it, for rounding errors."""


def locate_curvilinear(centers: tuple[np.ndarray, np.ndarray], longitude: np.ndarray, latitude: np.ndarray) -> Stencil:
    """Return bilinear weights within the quadrilateral of four neighboring cell centers around each place.

    Quadrilaterals are bounded by great circles: in the gnomonic projection centered at the place they have straight sides.

    Args:
        centers: Longitude and latitude of the cell centers in degrees, shape ``[y, x]`` each.
        longitude: Degrees east, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.
    """
    from scipy.spatial import cKDTree  # imported late: reading a field does not need it

    rows, columns = centers[0].shape
    cells = np.zeros((len(longitude), 4), np.intp)
    weights, inside = np.zeros((len(longitude), 4)), np.zeros(len(longitude), bool)
    if rows < 2 or columns < 2:
        return Stencil(cells, weights, inside)
    corners = unit_vectors(*centers).reshape(-1, 3)
    places = unit_vectors(longitude, latitude)
    to_east, to_north = tangent_axes(longitude, latitude)
    _, nearest = cKDTree(corners).query(places, k=min(_NEAREST, len(corners)))
    for center in nearest.T:
        for down in (1, 0):
            for left in (1, 0):
                row, column = center // columns - down, center % columns - left
                todo = np.flatnonzero(~inside & (row >= 0) & (row < rows - 1) & (column >= 0) & (column < columns - 1))
                first = row[todo] * columns + column[todo]
                around = np.stack([first, first + 1, first + columns, first + columns + 1], axis=1)
                vectors = corners[around]
                depth = np.einsum("pck,pk->pc", vectors, places[todo])
                ahead = (depth > 0).all(axis=1)
                todo, around, vectors, depth = todo[ahead], around[ahead], vectors[ahead], depth[ahead]
                x = np.einsum("pck,pk->pc", vectors, to_east[todo]) / depth
                y = np.einsum("pck,pk->pc", vectors, to_north[todo]) / depth
                across, up = _inverse_bilinear(x, y)
                with np.errstate(invalid="ignore"):
                    found = (np.abs(across - 0.5) <= 0.5 + _TOLERANCE) & (np.abs(up - 0.5) <= 0.5 + _TOLERANCE)
                todo, across, up = todo[found], across[found].clip(0, 1), up[found].clip(0, 1)
                cells[todo], inside[todo] = around[found], True
                weights[todo] = np.stack(
                    [(1 - up) * (1 - across), (1 - up) * across, up * (1 - across), up * across], axis=1
                )
    return Stencil(cells, weights, inside)


def _inverse_bilinear(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of the origin within quadrilaterals, by Newton's method.

    Args:
        x: Abscissas of the corners (0, 0), (1, 0), (0, 1) and (1, 1), shape ``[place, 4]``.
        y: Their ordinates.

    Returns:
        Position from the first to the second corner and from the first to the third, shape ``[place]`` each; NaN where there
        is none.
    """
    coefficients = [
        (v[:, 0], v[:, 1] - v[:, 0], v[:, 2] - v[:, 0], v[:, 0] - v[:, 1] - v[:, 2] + v[:, 3]) for v in (x, y)
    ]
    (x0, xs, xt, xst), (y0, ys, yt, yst) = coefficients
    s, t = np.full(len(x), 0.5), np.full(len(x), 0.5)
    with np.errstate(all="ignore"):
        for _ in range(20):
            fx, fy = x0 + xs * s + xt * t + xst * s * t, y0 + ys * s + yt * t + yst * s * t
            a, b, c, d = xs + xst * t, xt + xst * s, ys + yst * t, yt + yst * s
            determinant = a * d - b * c
            s, t = s - (d * fx - b * fy) / determinant, t - (a * fy - c * fx) / determinant
    return s, t
