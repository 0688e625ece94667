"""The regular grid on which a field is given."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError

__all__ = ["Grid"]

LARGEST = 10_000_000
"""Cells; more are refused as a slip of the spacing."""


@dataclass(frozen=True)
class Grid:
    """Centers of the cells of a regular grid.

    Args:
        longitude: Degrees east, ascending, shape ``[longitude]``.
        latitude: Degrees north, ascending, shape ``[latitude]``.
    """

    longitude: np.ndarray
    latitude: np.ndarray

    @classmethod
    def around(cls, stations: xr.Dataset, spacing: float = 0.25) -> Grid:
        """A grid over all stations, on multiples of the spacing.

        Args:
            stations: Station data.
            spacing: In degrees.

        Raises:
            InputError: If the spacing is not positive or so small that the grid has more than :data:`LARGEST` cells.
        """
        longitude, latitude = stations.longitude.values, stations.latitude.values
        return cls.over((longitude.min(), latitude.min(), longitude.max(), latitude.max()), spacing)

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], spacing: float = 0.25) -> Grid:
        """A grid over a box, on multiples of the spacing.

        Args:
            bounds: West, south, east and north in degrees.
            spacing: In degrees.

        Raises:
            InputError: As :meth:`around`, or if the box has no inside.
        """
        if not spacing > 0:
            raise InputError(f"spacing: {spacing} degrees were given; use a positive number.")
        west, south, east, north = bounds
        if west > east or south > north:
            raise InputError(f"bounds: {tuple(bounds)} is no box; give west, south, east, north in degrees.")

        def axis(low: float, high: float) -> np.ndarray:
            first, last = math.floor(low / spacing), math.ceil(high / spacing)
            return np.round(np.arange(first, last + 1) * spacing, 9)

        grid = cls(axis(west, east), axis(south, north))
        if grid.longitude.size * grid.latitude.size > LARGEST:
            raise InputError(
                f"spacing: {spacing} degrees make {grid.longitude.size} x {grid.latitude.size} cells; use a wider spacing."
            )
        return grid

    @property
    def pos(self) -> np.ndarray:
        """Longitude and latitude of the cells in degrees, shape ``[cells, 2]``, rows of one latitude after another."""
        latitude, longitude = np.meshgrid(self.latitude, self.longitude, indexing="ij")
        return np.stack([longitude.ravel(), latitude.ravel()], axis=1)
