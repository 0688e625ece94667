"""Ordinary kriging with a standard deviation that follows the errors at the surrounding stations."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve1d

from aqnet_pyg.baselines.coordinates import Coordinates, distance_matrix_km
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.kriging_system import System, ordinary_precision
from aqnet_pyg.baselines.local_system import weights_by_distance

REACH_KM = 50.0
"""Distance at which the weight of a station's error has decreased to 1/e."""

HOUR_WEIGHTS = 2.0 ** -np.abs(np.arange(-2, 3))
"""Weights of the errors from two hours before to two hours after."""


class LocalSillKriging(OrdinaryKriging):
    r"""Ordinary kriging with a sill of each place and hour; the estimate is that of :class:`OrdinaryKriging`.

    A single sill for all places of an hour is too large in clean mountains and too small in a town with fireworks.
    The leave-one-out errors at the visible stations, squared and divided by their variance, are local estimates of
    the sill. At a target they are averaged with weights :math:`e^{-d / 50\,\mathrm{km}}`, including two hours
    on each side; the sill of the hour counts as one of them, and is the limit far from stations.

    Rows of ``values`` are consecutive hours, as for :class:`aqnet_pyg.baselines.SpaceTimeKriging`. Arguments and attributes are
    those of :class:`OrdinaryKriging`.
    """

    reach_hours = len(HOUR_WEIGHTS) // 2

    _reaches_km = (REACH_KM, None)

    def _sill(self, coordinates: Coordinates, squares: np.ndarray, sill: np.ndarray) -> np.ndarray:
        known = np.isfinite(squares)
        both = np.concatenate([np.where(known, squares, 0.0), known.astype(np.float64)])
        if self.local_ is not None:
            weighted = (weights_by_distance(coordinates, self.coordinates_, REACH_KM) @ both.T).T
        else:
            weighted = both @ np.exp(-distance_matrix_km(coordinates, self.coordinates_) / REACH_KM).T
        return _average(weighted[: len(sill)], weighted[len(sill) :], sill[:, None])

    def _left_out_sill_from(self, sums: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        return _average(*sums[0], super()._left_out_sill_from(sums))

    def _left_out_sill(self, solved: list[System], values: np.ndarray) -> np.ndarray:
        weight = np.exp(-distance_matrix_km(self.coordinates_, self.coordinates_) / REACH_KM)
        np.fill_diagonal(weight, 0.0)
        total, weights = np.zeros(values.shape), np.zeros(values.shape)
        precision = ordinary_precision(self.inverse_)
        for system in solved:
            if len(system.missing) == len(weight) - 1:
                continue  # One station has no left-out error.
            total[system.hours], weights[system.hours] = _without_each(precision, system, weight)
        return _average(total, weights, super()._left_out_sill(solved, values))


def _average(total: np.ndarray, weights: np.ndarray, sill: np.ndarray) -> np.ndarray:
    """Return the sill at places, ``[time, place]``, from weighted sums of local estimates of the same shape."""
    total, weights = (convolve1d(part, HOUR_WEIGHTS, axis=0, mode="constant") for part in (total, weights))
    return (total + sill) / (weights + 1)


def _without_each(precision: np.ndarray, system: System, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Sum the local estimates of the sill around each station, as if the station had not measured.

    With P the precision matrix of the hour (the mean estimated) and d the dual, leaving out i changes the dual of
    j to :math:`d_j - P_{ij} d_i / P_{ii}` and its precision to :math:`P_{jj} - P_{ij}^2 / P_{ii}`.

    Args:
        precision: Precision matrix of all stations with an unknown mean, shape ``[station, station]``.
        system: The solved hours.
        weight: Weights of the errors, ``[place, station]``, zero on the diagonal.

    Returns:
        Weighted sums of the estimates, ``[hour, station]``, and sums of the weights, ``[station]``.
    """
    complete = np.diag(precision)
    precision = precision - system.rows.T @ system.rows
    measured = np.ones(len(precision), bool)
    measured[system.missing] = False
    diagonal = np.where(measured, np.diag(precision), 1.0)
    share = precision * np.where(measured, 1 / diagonal, 0.0)[:, None]
    remaining = diagonal - share * precision
    # Zero up to rounding where no other station is left for the estimate at j.
    known = (remaining > 1e-12 * complete) & (weight > 0) & measured
    per_square = np.divide(weight, remaining, out=np.zeros_like(weight), where=known)
    cross, dual = per_square * share, system.dual
    squares = np.einsum("ij,ij->i", cross, share)
    total = dual**2 @ per_square.T - 2 * dual * (dual @ cross.T) + dual**2 * squares
    return np.maximum(total, 0.0), np.einsum("ij,ij->i", weight, known)
