"""The kriging systems of all hours, solved from one inverse of the covariance matrix of all stations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dposv, dtrtri, sposv, strtri


class System(NamedTuple):
    """The solved kriging system of the hours in which the same stations measured.

    With P the precision matrix of all stations and an unknown mean, see :func:`ordinary_precision`, m the stations that
    did not measure and o the others, values of m are predicted by ``-P_mm^-1 P_mo z_o`` with error covariance
    ``P_mm^-1``, and the precision matrix of o is ``P_oo - P_om P_mm^-1 P_mo``.

    Args:
        hours: Positions in time, shape ``[hour]``.
        missing: Positions of the stations that did not measure, shape ``[missing]``.
        mean: The estimated mean, shape ``[hour]``.
        dual: ``C^-1 (z - mean)``, 0 at the stations that did not measure, shape ``[hour, station]``.
        sill: The estimated sill, shape ``[hour]``; NaN if one station measured.
        precision: Inverse variance of the error at each station when it is left out, for unit sill; the error is ``dual``
            over it. Shape ``[station]``; NaN where a station did not measure or no other one did.
        predicted: Estimates at the stations that did not measure, shape ``[hour, missing]``.
        whitening: ``L^-1`` with ``P_mm = L L^T``, shape ``[missing, missing]``.
        rows: ``L^-1 P_m``, shape ``[missing, station]``.
    """

    hours: np.ndarray
    missing: np.ndarray
    mean: np.ndarray
    dual: np.ndarray
    sill: np.ndarray
    precision: np.ndarray
    predicted: np.ndarray
    whitening: np.ndarray
    rows: np.ndarray


def systems(inverse: np.ndarray, values: np.ndarray) -> Iterator[System]:
    """Solve the kriging system of every hour, from the inverse of the covariance matrix of all stations.

    Each is a system of the size of the stations that did not measure, usually few, instead of one of the others.

    Args:
        inverse: Inverse covariance matrix, shape ``[station, station]``.
        values: ``[time, station]``, NaN where missing; hours without any value are left out.
    """
    precision, of_mean = ordinary_precision(inverse), _weights_of_mean(inverse)
    diagonal, least = np.diag(precision), max(1e-12, 10 * np.finfo(inverse.dtype).eps) * np.diag(inverse)
    measured, anomaly, level = _anomalies(values)
    count = measured.sum(axis=1)
    solved, mean = anomaly @ precision, anomaly @ of_mean
    for hours in same_rows(measured):
        if not count[hours[0]]:
            continue
        missing = np.flatnonzero(~measured[hours[0]])
        rows = precision[missing]
        whitening = lower_inverse(rows[:, missing])
        rows = whitening @ rows
        white = solved[np.ix_(hours, missing)] @ whitening.T
        dual = solved[hours] - white @ rows
        dual[:, missing] = 0.0
        left_out = diagonal - np.einsum("ms,ms->s", rows, rows)
        freedom = count[hours] - 1
        # Zero up to rounding where a station did not measure, or is the only one that did.
        left_out = np.where(measured[hours[0]] & (left_out > least), left_out, np.nan)
        sill = np.sum(dual * anomaly[hours], axis=1) / np.where(freedom > 0, freedom, np.nan)
        yield System(
            hours,
            missing,
            level[hours] + mean[hours] - white @ (whitening @ of_mean[missing]),
            dual,
            np.maximum(sill, 0.0),
            left_out,
            level[hours, None] - white @ whitening,
            whitening,
            rows,
        )


def means_and_duals(inverse: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return only mean, ``[time]``, and dual, ``[time, station]``, of :func:`systems`, in less time; NaN and 0 without any value.

    Values that were not measured are replaced by their estimates, which leaves both as they are.

    Args:
        inverse: As for :func:`systems`.
        values: As for :func:`systems`.
    """
    precision = ordinary_precision(inverse)
    measured, anomaly, level = _anomalies(values)
    solved = anomaly @ precision
    for hours in same_rows(measured):
        missing = np.flatnonzero(~measured[hours[0]])
        if 0 < missing.size < measured.shape[1]:
            at = np.ix_(hours, missing)
            among = precision[missing[:, None], missing]
            anomaly[at] = -solve_positive(among, solved[at].T).T
    mean = np.where(measured.any(axis=1), level + anomaly @ _weights_of_mean(inverse), np.nan)
    return mean, np.where(measured, anomaly @ precision, 0.0)


def lower_inverse(matrix: np.ndarray) -> np.ndarray:
    """Return ``L^-1`` of a positive definite matrix ``L L^T``.

    Args:
        matrix: Shape ``[n, n]``; n may be 0.
    """
    lower = np.linalg.cholesky(matrix)
    if not len(matrix):  # LAPACK refuses empty matrices
        return lower
    return (strtri if lower.dtype == np.float32 else dtrtri)(lower, lower=1)[0]


def solve_positive(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a system of equations with a positive definite matrix; ``scipy.linalg.solve`` takes longer for small ones.

    Args:
        matrix: Shape ``[n, n]``, ``n`` above 0.
        right: Right-hand sides, shape ``[n, system]``.

    Raises:
        LinAlgError: If the matrix is not positive definite.
    """
    _, solution, failed = (sposv if matrix.dtype == np.float32 else dposv)(matrix, right)
    if failed:
        raise LinAlgError("the matrix is not positive definite")
    return solution


def _weights_of_mean(inverse: np.ndarray) -> np.ndarray:
    ones = inverse.sum(axis=1)
    return ones / ones.sum()


def _anomalies(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was measured, values minus the mean of their hour, 0 where missing, and this mean."""
    measured = np.isfinite(values)
    level = np.sum(values, axis=1, where=measured) / np.maximum(measured.sum(axis=1), 1)
    # Relative to the mean, so that a constant field is exactly zero.
    return measured, np.where(measured, values - level[:, None], 0.0), level


def ordinary_precision(inverse: np.ndarray) -> np.ndarray:
    """Return the precision matrix of values with an unknown mean, ``Q - Q 1 1^T Q / 1^T Q 1``; its rows sum to zero.

    Args:
        inverse: Inverse covariance matrix Q, shape ``[station, station]``.
    """
    ones = inverse.sum(axis=1)
    precision = np.outer(ones, -ones / ones.sum())
    precision += inverse
    return precision


def same_rows(rows: np.ndarray) -> list[np.ndarray]:
    """Return the positions of equal rows, for each row that occurs.

    Args:
        rows: Booleans, shape ``[row, column]``.
    """
    found: dict[bytes, list[int]] = {}
    for position, row in enumerate(np.packbits(rows, axis=1)):
        found.setdefault(row.tobytes(), []).append(position)
    return [np.array(positions) for positions in found.values()]


def left_out_estimates(system: System, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimate every station from the other stations that measured in the hour.

    Args:
        system: A system that :func:`systems` yielded.
        values: The values of its hours, ``[hour, station]``.

    Returns:
        Estimates, ``[hour, station]``, and the variance of a measurement about them for unit sill, ``[station]``; NaN
        where no other station measured.
    """
    estimate, variance = values - system.dual / system.precision, 1 / system.precision
    estimate[:, system.missing] = system.predicted
    variance[system.missing] = np.sum(system.whitening**2, axis=0)
    return estimate, variance
