"""Geometry on the sphere, in float64: degrees in, kilometres and unit vectors out."""

from __future__ import annotations

import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["bearing", "chord_to_km", "great_circle_km", "unit_sphere"]


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
    bad = ~torch.isfinite(pos).all(dim=1) | (pos[:, 1].abs() > 90)
    if not torch.compiler.is_compiling() and bad.any():  # a look at values cannot be compiled
        row = int(bad.nonzero()[0])
        raise InputError(
            f"pos: row {row} is {pos[row].tolist()}; use finite longitude and latitude in degrees, in this order."
        )
    # The remainder makes 116 and 476 degrees the same number, and so the same point to the last bit.
    longitude, latitude = torch.deg2rad(torch.remainder(pos[:, 0], 360.0)), torch.deg2rad(pos[:, 1])
    return torch.stack([latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()], dim=1)


def chord_to_km(chord: Tensor) -> Tensor:
    """Great-circle kilometres of a chord of the unit sphere, any shape."""
    return 2 * EARTH_RADIUS_KM * torch.asin((chord / 2).clamp(max=1.0))


def great_circle_km(pos_a: Tensor, pos_b: Tensor) -> Tensor:
    """Great-circle distance of pairs of points.

    Args:
        pos_a: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_b: Likewise, shape ``[N, 2]``.

    Returns:
        Kilometres, float64, shape ``[N]``.
    """
    return chord_to_km((unit_sphere(pos_a) - unit_sphere(pos_b)).norm(dim=1))


def bearing(pos_from: Tensor, pos_to: Tensor) -> Tensor:
    """Initial bearing of the great circle from one point to another.

    Args:
        pos_from: Longitude and latitude in degrees, shape ``[N, 2]``.
        pos_to: Likewise, shape ``[N, 2]``.

    Returns:
        Radians clockwise from north, float64, shape ``[N]``; 0 where the points coincide.
    """
    start, end = torch.deg2rad(pos_from.to(torch.float64)), torch.deg2rad(pos_to.to(torch.float64))
    turn = end[:, 0] - start[:, 0]
    east = turn.sin() * end[:, 1].cos()
    north = start[:, 1].cos() * end[:, 1].sin() - start[:, 1].sin() * end[:, 1].cos() * turn.cos()
    return torch.atan2(east, north)
