"""Geometry on the sphere in float64, from degrees to kilometers and unit vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM


def unit_sphere(pos: Tensor) -> Tensor:
    """Convert longitude and latitude to points on the unit sphere.

    The Euclidean distance between two points (the chord) increases with their great-circle distance, so the nearest by
    chord is the nearest by great circle, also across the antimeridian and at the poles.

    Args:
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.

    Returns:
        float64 tensor of shape ``[N, 3]``.

    Raises:
        InputError: If a coordinate is not finite or a latitude is beyond 90 degrees.
    """
    pos = pos.to(torch.float64)
    if pos.dim() != 2 or pos.size(1) != 2:
        raise InputError(f"pos: got shape {tuple(pos.shape)}; expected [N, 2], longitude and latitude in degrees.")
    if len(pos) and not torch.compiler.is_compiling():  # data-dependent checks cannot be compiled
        (west, south), (east, north) = (end.tolist() for end in pos.aminmax(dim=0))
        if not (math.isfinite(west) and math.isfinite(east) and south >= -90 and north <= 90):  # false for NaN
            row = int((~torch.isfinite(pos).all(dim=1) | (pos[:, 1].abs() > 90)).nonzero()[0])
            raise InputError(
                f"pos: row {row} is {pos[row].tolist()}; expected finite longitude and latitude in degrees, in this order."
            )
    longitude, latitude = pos.unbind(1)
    # The remainder maps 116 and 476 degrees to the same number, hence to the same point bit for bit.
    longitude, latitude = torch.deg2rad(torch.remainder(longitude, 360.0)), torch.deg2rad(latitude)
    parallel = latitude.cos()
    return torch.stack([parallel * longitude.cos(), parallel * longitude.sin(), latitude.sin()], dim=1)


def vector_norm(offset: Sequence[Tensor]) -> Tensor:
    """Euclidean norm of vectors given as one tensor per component, any shape.

    Squares are summed component by component, which rounds every element in the same way; a reduction over a short axis
    does not guarantee this and is several times slower.
    """
    total = offset[0].square()
    for axis in offset[1:]:
        total += axis.square()
    return total.sqrt_()


def chord_to_km(chord: Tensor) -> Tensor:
    """Convert chords of the unit sphere to great-circle distances in kilometers, any shape."""
    return torch.asin((chord * 0.5).clamp_(max=1.0)).mul_(2 * EARTH_RADIUS_KM)


def km_to_chord(km: float) -> float:
    """Convert a great-circle distance in kilometers to a chord of the unit sphere, at most its diameter."""
    return 2 * math.sin(min(km / (2 * EARTH_RADIUS_KM), math.pi / 2))


def great_circle_distance(pos_a: Tensor, pos_b: Tensor) -> Tensor:
    """Great-circle distance between pairs of points.

    Args:
        pos_a: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_b: The other point of each pair, shape ``[N, 2]``.

    Returns:
        Kilometers, float64, shape ``[N]``.
    """
    return chord_to_km(vector_norm((unit_sphere(pos_a) - unit_sphere(pos_b)).unbind(1)))


def local_axes(sphere: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Cosine and sine of longitude, then of latitude, of points ``[N, 3]`` on the unit sphere; each ``[N]``.

    They define the directions east and north, also at the poles, where the cosine of latitude is tiny but not zero.
    """
    x, y, z = sphere.unbind(1)
    parallel = torch.hypot(x, y)
    return x / parallel, y / parallel, parallel, z


def tangent_components(axes: Sequence[Tensor], offset: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """East and north components of the direction along a great circle; their norm is the sine of the central angle.

    Args:
        axes: The result of :func:`local_axes` at the starting points, any shape.
        offset: End minus start on the unit sphere, one tensor per component, of the same shape.
    """
    (cos_longitude, sin_longitude, cos_latitude, sin_latitude), (x, y, z) = axes, offset
    east = cos_longitude * y - sin_longitude * x
    outward = cos_longitude * x + sin_longitude * y
    return east, cos_latitude * z - sin_latitude * outward


def bearing(pos_from: Tensor, pos_to: Tensor) -> Tensor:
    """Initial bearing of the great circle from one point to another.

    Args:
        pos_from: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_to: The other end of each great circle, shape ``[N, 2]``.

    Returns:
        Radians clockwise from north, from -pi to pi, float64, shape ``[N]``; 0 where the points coincide.
    """
    start = unit_sphere(pos_from)
    return torch.atan2(*tangent_components(local_axes(start), (unit_sphere(pos_to) - start).unbind(1)))
