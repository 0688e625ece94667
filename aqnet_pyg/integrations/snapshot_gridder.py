"""Base class of the Verde gridders: checks of their input, positions in degrees, and the mask far from data."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch

from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.graph import knn
from aqnet_pyg.stations import check_coordinates

with optional_imports():
    from verde import get_region
    from verde.base import BaseGridder, check_fit_input

Snapshots = np.ndarray | tuple[np.ndarray, ...]
"""Values of the points in one hour, or a tuple of them in several hours."""

Projection = Callable[..., tuple[np.ndarray, np.ndarray]]
"""As of pyproj: from longitude and latitude to the coordinates of a gridder, and back with ``inverse=True``."""


class SnapshotGridder(BaseGridder):
    """Gridder of snapshots: the values of all points in one hour, or in several hours.

    A subclass takes ``maxdist_km`` and ``projection`` as parameters, calls :meth:`_fit_snapshots` in ``fit`` and
    :meth:`_positions` and :meth:`_predictions` in ``predict``.

    Attributes:
        pos_: Longitude and latitude of the points in degrees, ``[N, 2]``.
        values_: Values of the points, ``[N, S]``, NaN where missing.
        region_: West, east, south and north end of the points, in the coordinates given.
    """

    maxdist_km: float | None
    projection: Projection | None

    def _fit_snapshots(
        self, coordinates: tuple[np.ndarray, ...], data: Snapshots, weights: Snapshots | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Check what ``fit`` was given, set the attributes and return positions and values.

        Points without any value are left out. The others are sorted, so that results do not depend on their order.
        """
        if any(weight is not None for weight in (weights if isinstance(weights, tuple) else (weights,))):
            warnings.warn(f"{type(self).__name__} does not support weights and they will be ignored.", stacklevel=3)
        coordinates, data, _ = check_fit_input(coordinates, data, weights, unpack=False)
        pos = self._positions(coordinates)
        values = np.stack([np.asarray(part, np.float64).ravel() for part in data], axis=1)
        if np.isinf(values).any():
            raise InputError("data: infinite values were given; use NaN where a value is missing.")
        empty = np.flatnonzero(np.isnan(values).all(axis=0))
        if empty.size:
            raise InputError(f"data: no point has a value in snapshot {empty[0]} of {values.shape[1]}; leave it out.")
        order = np.lexsort([*values.T, *pos.T])
        order = order[np.isfinite(values[order]).any(axis=1)]
        self.pos_, self.values_ = pos[order], values[order]
        self.region_ = get_region(coordinates[:2])
        return self.pos_, self.values_

    def _positions(self, coordinates: tuple[np.ndarray, ...]) -> np.ndarray:
        """Longitude (0 to 360) and latitude of coordinates in degrees, ``[M, 2]``."""
        axes = tuple(np.ravel(axis).astype(np.float64) for axis in np.broadcast_arrays(*coordinates[:2]))
        longitude, latitude = axes if self.projection is None else self.projection(*axes, inverse=True)
        check_coordinates(longitude, latitude, "coordinates (in degrees, unless a projection is given)")
        return np.stack([longitude % 360, latitude], axis=1)

    def _predictions(self, values: np.ndarray, pos: np.ndarray, coordinates: tuple[np.ndarray, ...]) -> Snapshots:
        """Mask predictions ``[M, S]`` far from data, and return them in the shape of the coordinates."""
        if self.maxdist_km is not None:
            src, dst = torch.from_numpy(self.pos_), torch.from_numpy(pos)
            for column, valid in zip(values.T, torch.from_numpy(np.isfinite(self.values_)).T, strict=True):
                nearest = knn(src, 1, visible=valid, pos_dst=dst)
                column[nearest.km.numpy() > self.maxdist_km] = np.nan
        shape = np.broadcast(*coordinates[:2]).shape
        parts = tuple(part.reshape(shape) for part in values.T)
        return parts[0] if len(parts) == 1 else parts
