"""Geometry on the sphere, in float64: degrees in, kilometers and unit vectors out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = [
    "bearing",
    "chord_to_km",
    "compass",
    "great_circle_distance",
    "heading",
    "km_to_chord",
    "length",
    "unit_sphere",
]


def unit_sphere(pos: Tensor) -> Tensor:
    """Points on the unit sphere.

    Euclidean distance between them (the chord) grows with great-circle distance, so nearest by chord is nearest by
    great circle, across the antimeridian and at the poles too.

    Args:
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.

    Returns:
        float64 tensor of shape ``[N, 3]``.

    Raises:
        InputError: If a coordinate is not finite or a latitude is beyond 90 degrees.
    """
    pos = pos.to(torch.float64)
    if pos.dim() != 2 or pos.size(1) != 2:
        raise InputError(f"pos: shape {tuple(pos.shape)} was given; use [N, 2], longitude and latitude in degrees.")
    if len(pos) and not torch.compiler.is_compiling():  # a look at values cannot be compiled
        (west, south), (east, north) = (end.tolist() for end in pos.aminmax(dim=0))
        if not (math.isfinite(west) and math.isfinite(east) and south >= -90 and north <= 90):  # false for NaN
            row = int((~torch.isfinite(pos).all(dim=1) | (pos[:, 1].abs() > 90)).nonzero()[0])
            raise InputError(
                f"pos: row {row} is {pos[row].tolist()}; use finite longitude and latitude in degrees, in this order."
            )
    longitude, latitude = pos.unbind(1)
    # The remainder makes 116 and 476 degrees the same number, and so the same point to the last bit.
    longitude, latitude = torch.deg2rad(torch.remainder(longitude, 360.0)), torch.deg2rad(latitude)
    parallel = latitude.cos()
    return torch.stack([parallel * longitude.cos(), parallel * longitude.sin(), latitude.sin()], dim=1)


def length(offset: Sequence[Tensor]) -> Tensor:
    """Length of vectors given an axis at a time, any shape.

    A sum of squares one by one rounds the same wherever an element lies; reductions over a short axis need not, and are
    several times as slow.
    """
    total = offset[0].square()
    for axis in offset[1:]:
        total += axis.square()
    return total.sqrt_()


def chord_to_km(chord: Tensor) -> Tensor:
    """Great-circle kilometers of a chord of the unit sphere, any shape."""
    return torch.asin((chord * 0.5).clamp_(max=1.0)).mul_(2 * EARTH_RADIUS_KM)


def km_to_chord(km: float) -> float:
    """Chord of the unit sphere of great-circle kilometers; that of half a turn where they are more."""
    return 2 * math.sin(min(km / (2 * EARTH_RADIUS_KM), math.pi / 2))


def great_circle_distance(pos_a: Tensor, pos_b: Tensor) -> Tensor:
    """Great-circle distance of pairs of points.

    Args:
        pos_a: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_b: Likewise, shape ``[N, 2]``.

    Returns:
        Kilometers, float64, shape ``[N]``.
    """
    return chord_to_km(length((unit_sphere(pos_a) - unit_sphere(pos_b)).unbind(1)))


def compass(sphere: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Cosine and sine of longitude, cosine and sine of latitude, of points ``[N, 3]`` of the unit sphere; each ``[N]``.

    They say where east and north are: exactly at the poles too, where the cosine of latitude is tiny, but not zero.
    """
    x, y, z = sphere.unbind(1)
    parallel = torch.hypot(x, y)
    return x / parallel, y / parallel, parallel, z


def heading(here: Sequence[Tensor], offset: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """East and north parts of the way along a great circle; their length is the sine of the angle gone.

    Args:
        here: What :func:`compass` gives of the start, any shape.
        offset: The end less the start, on the unit sphere, an axis at a time; likewise.
    """
    (cos_longitude, sin_longitude, cos_latitude, sin_latitude), (x, y, z) = here, offset
    east = cos_longitude * y - sin_longitude * x
    outward = cos_longitude * x + sin_longitude * y
    return east, cos_latitude * z - sin_latitude * outward


def bearing(pos_from: Tensor, pos_to: Tensor) -> Tensor:
    """Initial bearing of the great circle from one point to another.

    Args:
        pos_from: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_to: Likewise, shape ``[N, 2]``.

    Returns:
        Radians clockwise from north, -pi to pi, float64, shape ``[N]``; 0 where the points coincide.
    """
    start = unit_sphere(pos_from)
    return torch.atan2(*heading(compass(start), (unit_sphere(pos_to) - start).unbind(1)))
