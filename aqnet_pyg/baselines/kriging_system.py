"""The kriging systems of all hours, solved from one inverse of the covariance matrix of all stations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class System(NamedTuple):
    """The solved kriging system of the hours in which the same stations measured.

    Args:
        hours: Positions in time, shape ``[hour]``.
        missing: Positions of the stations that did not measure, shape ``[missing]``.
        ones: ``C^-1 1`` of the stations that measured, 0 at the others, shape ``[station]``.
        mean: The estimated mean, shape ``[hour]``.
        dual: ``C^-1 (z - mean)``, 0 at the stations that did not measure, shape ``[hour, station]``.
        sill: The estimated sill, shape ``[hour]``; NaN if one station measured.
    """

    hours: np.ndarray
    missing: np.ndarray
    ones: np.ndarray
    mean: np.ndarray
    dual: np.ndarray
    sill: np.ndarray


def systems(inverse: np.ndarray, values: np.ndarray) -> Iterator[System]:
    """Solve the kriging system of every hour, from the inverse of the covariance matrix of all stations.

    With o the stations that measured, m those that did not, and Q the inverse of all, the inverse of the block of o is
    ``Q_oo - Q_om Q_mm^-1 Q_mo``: a system of the size of m, usually few stations, instead of one of the size of o.

    Args:
        inverse: Inverse covariance matrix, shape ``[station, station]``.
        values: ``[time, station]``, NaN where missing; hours without any value are left out.
    """
    measured = np.isfinite(values)
    has_data = measured.any(axis=0)
    if has_data.any() and not has_data.all():
        yield from _systems_of_stations_with_data(inverse, values, has_data)
        return
    count = measured.sum(axis=1)
    level = np.sum(values, axis=1, where=measured) / np.maximum(count, 1)
    # Relative to the mean of the hour, so that a constant field is exactly zero.
    anomaly = np.where(measured, values - level[:, None], 0.0)
    solved = anomaly @ inverse
    patterns, group = np.unique(measured, axis=0, return_inverse=True)
    solved_ones = patterns.astype(np.float64) @ inverse
    group = group.ravel()
    by_group = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    for pattern, ones, hours in zip(patterns, solved_ones, by_group, strict=True):
        if not pattern.any():
            continue
        missing = np.flatnonzero(~pattern)
        both = np.vstack([ones, solved[hours]])
        rows = inverse[missing]
        both -= np.linalg.solve(rows[:, missing], both[:, missing].T).T @ rows
        both[:, missing] = 0.0
        ones, dual = both[0], both[1:]
        mean = dual.sum(axis=1) / ones.sum()
        dual = dual - mean[:, None] * ones
        freedom = count[hours] - 1
        sill = np.sum(dual * anomaly[hours], axis=1) / np.where(freedom > 0, freedom, np.nan)
        yield System(hours, missing, ones, level[hours] + mean, dual, np.maximum(sill, 0.0))


def _systems_of_stations_with_data(inverse: np.ndarray, values: np.ndarray, has_data: np.ndarray) -> Iterator[System]:
    """Remove stations without any value, such as hidden ones, from the inverse once instead of in every hour."""
    cross = inverse[np.ix_(has_data, ~has_data)]
    reduced = inverse[np.ix_(has_data, has_data)] - cross @ np.linalg.solve(
        inverse[np.ix_(~has_data, ~has_data)], cross.T
    )
    position = np.flatnonzero(has_data)
    for system in systems(reduced, values[:, has_data]):
        ones, dual = np.zeros(len(has_data)), np.zeros((len(system.hours), len(has_data)))
        ones[has_data], dual[:, has_data] = system.ones, system.dual
        missing = np.union1d(np.flatnonzero(~has_data), position[system.missing])
        yield system._replace(missing=missing, ones=ones, dual=dual)


def left_out_precision(inverse: np.ndarray, system: System) -> np.ndarray:
    """Inverse variance of the error at each station when it is left out, for unit sill; the error is ``dual`` over it.

    Args:
        inverse: As for :func:`systems`.
        system: A system that :func:`systems` yielded.

    Returns:
        Shape ``[station]``; NaN where a station did not measure or no other one did.
    """
    rows = inverse[system.missing]
    diagonal = np.diag(inverse) - np.sum(rows * np.linalg.solve(rows[:, system.missing], rows), axis=0)
    diagonal -= system.ones**2 / system.ones.sum()
    # Zero up to rounding where a station did not measure, or is the only one that did.
    return np.where(diagonal > 1e-12 * np.diag(inverse), diagonal, np.nan)


def left_out_estimates(inverse: np.ndarray, system: System, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimate every station from the other stations that measured in the hour.

    With Q, m and o as in :func:`systems`, the weights of o at m are ``-Q_mo`` solved by ``Q_mm``, up to the unknown mean.

    Args:
        inverse: As for :func:`systems`.
        system: A system that :func:`systems` yielded.
        values: The values of its hours, ``[hour, station]``.

    Returns:
        Estimates, ``[hour, station]``, and the variance of a measurement about them for unit sill, ``[station]``; NaN
        where no other station measured.
    """
    precision = left_out_precision(inverse, system)
    estimate, variance = values - system.dual / precision, 1 / precision
    missing = system.missing
    covariance = np.linalg.inv(inverse[np.ix_(missing, missing)])
    weights = -covariance @ inverse[missing]
    weights[:, missing] = 0.0
    departure = values - system.mean[:, None]
    departure[:, missing] = 0.0
    estimate[:, missing] = system.mean[:, None] + departure @ weights.T
    variance[missing] = np.diag(covariance) + (1 - weights.sum(axis=1)) ** 2 / system.ones.sum()
    return estimate, variance
