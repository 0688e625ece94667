"""Positions on the sphere, and on the plane that touches it at a place."""

from __future__ import annotations

import numpy as np


def unit_vectors(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return unit vectors, shape ``[..., 3]``.

    Args:
        longitude: Degrees east, any shape ``[...]``.
        latitude: Degrees north, the same shape.
    """
    east, north = np.radians(longitude), np.radians(latitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def tangent_axes(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit vectors to the east and to the north at places, shape ``[..., 3]`` each.

    Args:
        longitude: Degrees east, any shape ``[...]``.
        latitude: Degrees north, the same shape.
    """
    east, north = np.radians(longitude), np.radians(latitude)
    to_east = np.stack([-np.sin(east), np.cos(east), np.zeros_like(east)], axis=-1)
    to_north = np.stack([-np.sin(north) * np.cos(east), -np.sin(north) * np.sin(east), np.cos(north)], axis=-1)
    return to_east, to_north
