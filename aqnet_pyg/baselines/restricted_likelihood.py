"""Choice of range and nugget by restricted maximum likelihood, for departures from first guesses."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.drift import DriftSums
from aqnet_pyg.baselines.grid_search import least_along_ridge
from aqnet_pyg.baselines.kriging import FEW_HOURS, FEW_VALUES, NUGGET_GRID, RANGE_GRID, START, OrdinaryKriging
from aqnet_pyg.baselines.kriging_system import systems


def most_likely(
    kriging: OrdinaryKriging, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray
) -> OrdinaryKriging:
    r"""Choose range and nugget of the departures of measurements from first guesses.

    They maximize the restricted likelihood (Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545) of Gaussian departures
    with an unknown mean and sill in every hour; the first guesses have the factors of all hours together. From few values, such
    as one hour at a hundred stations, this chooses better than the leave-one-out error, which only shows how each station
    departs from its neighbors.

    Args:
        kriging: Its covariance model, and its range and nugget where they are given, are kept.
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        values: ``[time, station]``, NaN where missing. At most 24 hours of them are used, or more until they have 12,000 values.
        fields: First guesses, ``[time, station, field]``, NaN where ``values`` are.

    Returns:
        Kriging with the chosen parameters, fitted to the stations.
    """
    most = max(FEW_HOURS, FEW_VALUES // values.shape[1])
    some = np.sort(np.random.default_rng(0).permutation(len(values))[:most])
    ranges = RANGE_GRID if kriging.range_km is None else (kriging.range_km,)
    nuggets = NUGGET_GRID if kriging.nugget is None else (kriging.nugget,)

    def fitted(range_km: float, nugget: float) -> OrdinaryKriging:
        return OrdinaryKriging(kriging.model, range_km, nugget).fit(coordinates, values[:0])

    def deviation(range_km: float, nugget: float) -> float:
        tried = fitted(range_km, nugget)
        factors = DriftSums.of_hours(tried, values[some], fields[some]).pooled()
        return restricted_deviation(tried.inverse_, values[some] - fields[some] @ factors)

    return fitted(*least_along_ridge(deviation, ranges, (nuggets,), START)[0])


def restricted_deviation(inverse: np.ndarray, values: np.ndarray) -> float:
    r"""Return the geometric mean of the standard deviations that a covariance gives to contrasts of the stations.

    It is :math:`\exp(-\ell / m)`, without constants, with the restricted log-likelihood :math:`\ell` of the values, mean and sill
    of each hour estimated, and their number :math:`m` minus the number of hours. The least one is the most likely.

    Args:
        inverse: Inverse covariance matrix of the stations, for unit sill, shape ``[station, station]``.
        values: ``[time, station]``, NaN where missing; hours in which all values are equal are left out.
    """
    of_all = np.log(inverse.sum()) - np.linalg.slogdet(inverse)[1]
    total, contrasts = 0.0, 0
    for system in systems(inverse, values):
        sill = system.sill[system.sill > 0]
        freedom = len(inverse) - len(system.missing) - 1
        # What did not measure is integrated out; the diagonal is that of a triangular matrix.
        determinant = of_all - 2 * np.log(np.diag(system.whitening)).sum()
        total += 0.5 * float(freedom * np.log(sill).sum() + len(sill) * determinant)
        contrasts += freedom * len(sill)
    return float(np.exp(total / contrasts)) if contrasts else 0.0
