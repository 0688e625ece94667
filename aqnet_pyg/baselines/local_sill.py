"""Ordinary kriging whose standard deviation follows the errors around a place."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve1d

from aqnet_pyg.baselines.base import Coordinates, distance_matrix_km
from aqnet_pyg.baselines.kriging import OrdinaryKriging, left_out_precision, systems

__all__ = ["LocalSillKriging"]

REACH_KM = 50.0
"""Over which the weight of a station's error falls to 1/e."""

HOURS = 2.0 ** -np.abs(np.arange(-2, 3))
"""Weights of the errors of the hours on both sides."""


class LocalSillKriging(OrdinaryKriging):
    r"""Ordinary kriging with a sill of each place and hour; the estimate is that of :class:`OrdinaryKriging`.

    One sill for all places of an hour is too wide in the clean mountains and too narrow in the town with the fireworks.
    The errors at the visible stations when each is left out, squared and divided by their variance, are estimates of
    the sill around them. At a target they are averaged with weights :math:`e^{-d / 50\,\mathrm{km}}`, over two hours
    on each side too; the sill of the hour counts as one of them, and is what is left far from stations.

    Rows of ``values`` are consecutive hours, as for :class:`SpaceTimeKriging`. Arguments and attributes are those of
    :class:`OrdinaryKriging`.
    """

    def _sill(self, coordinates: Coordinates, values: np.ndarray, sill: np.ndarray) -> np.ndarray:
        squares = np.full(values.shape, np.nan)
        for system in systems(self.inverse_, values):
            squares[system.hours] = system.dual**2 / left_out_precision(self.inverse_, system)
        known = np.isfinite(squares)
        weight = np.exp(-distance_matrix_km(coordinates, self.coordinates_) / REACH_KM)
        total, weights = (
            convolve1d(part @ weight.T, HOURS, axis=0, mode="constant")
            for part in (np.where(known, squares, 0.0), known.astype(np.float64))
        )
        return (total + sill[:, None]) / (weights + 1)
