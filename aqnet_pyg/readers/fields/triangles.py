"""Linear interpolation in triangles among irregular points."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.local_planes import tangent_axes, unit_vectors
from aqnet_pyg.readers.fields.stencils import Stencil

_LONGEST = 5.0
"""Longest side of a triangle that is used, in spacings."""


def locate_in_triangles(points: tuple[np.ndarray, np.ndarray], longitude: np.ndarray, latitude: np.ndarray) -> Stencil:
    """Return linear weights within the Delaunay triangle of three points around each place.

    The triangulation is made in the azimuthal equal-area projection at the center of the points. The spacing is the median
    distance of a point to its nearest neighbor. Triangles with a side longer than five spacings are not used, since the
    points leave out what is between them; there and outside of all triangles, the nearest point within one spacing has the
    weight 1.

    Args:
        points: Longitude and latitude of the points in degrees, shape ``[point]`` each.
        longitude: Degrees east, shape ``[place]``.
        latitude: Degrees north, shape ``[place]``.

    Raises:
        InputError: If the points span more than a hemisphere.
    """
    from scipy.spatial import Delaunay, QhullError, cKDTree  # imported late: reading a field does not need it

    vectors, places = unit_vectors(*points), unit_vectors(longitude, latitude)
    tree = cKDTree(vectors)
    spacing = float(np.median(tree.query(vectors, k=2)[0][:, 1])) if len(vectors) > 1 else 0.0
    distance, nearest = tree.query(places)
    cells = np.repeat(nearest[:, None], 3, axis=1)
    weights = np.tile([1.0, 0.0, 0.0], (len(places), 1))
    inside = distance <= spacing
    center = vectors.mean(axis=0)
    if (vectors @ center).min() < 0:
        raise InputError("first guess: the points of the field span more than a hemisphere; read it with bbox=.")
    center /= np.linalg.norm(center)
    try:
        triangles = Delaunay(_project(vectors, center))
    except (QhullError, ValueError):  # fewer than three points, or all on a line
        return Stencil(cells, weights, inside)
    plane = _project(places, center)
    found = triangles.find_simplex(plane)
    corners = triangles.simplices[found]
    sides = np.linalg.norm(vectors[corners] - vectors[np.roll(corners, 1, axis=1)], axis=2)
    used = (found >= 0) & (sides.max(axis=1) <= _LONGEST * spacing)
    transform = triangles.transform[found[used]]
    first = np.einsum("pij,pj->pi", transform[:, :2], plane[used] - transform[:, 2])
    cells[used] = corners[used]
    weights[used] = np.column_stack([first, 1 - first.sum(axis=1)]).clip(0, 1)
    return Stencil(cells, weights, inside | used)


def _project(vectors: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Azimuthal equal-area coordinates of unit vectors, shape ``[point, 2]``."""
    longitude, latitude = np.degrees(np.arctan2(center[1], center[0])), np.degrees(np.arcsin(center[2]))
    to_east, to_north = tangent_axes(longitude, latitude)
    scale = np.sqrt(2 / np.maximum(1 + vectors @ center, 1e-12))
    return np.column_stack([scale * (vectors @ to_east), scale * (vectors @ to_north)])
