"""Scores of prediction intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from aqnet_pyg.conformal import LEVELS, ConformalIntervals
from aqnet_pyg.errors import optional_imports

with optional_imports():
    from scoringrules import crps_normal, crps_quantile

LOWER, UPPER = 4, 94
"""Positions in :data:`aqnet_pyg.conformal.LEVELS` of the ends of the 90 % interval."""

_CHUNK = 50_000
"""Number of values whose quantiles are in memory at a time."""


def quantile_scores(
    intervals: ConformalIntervals, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray, truth: np.ndarray
) -> dict[str, np.ndarray]:
    """Score each value: whether the 90 % interval has ``covered`` it, the ``width`` of the interval, and the ``crps``.

    Args:
        intervals: Calibrated intervals.
        value: Predictions, shape ``[n]``.
        std: Their standard deviations, shape ``[n]``.
        distance_km: Distances to the nearest visible station, shape ``[n]``.
        truth: Measurements, shape ``[n]``.
    """
    parts: list[dict[str, np.ndarray]] = []
    for start in range(0, len(value), _CHUNK):
        these = slice(start, start + _CHUNK)
        quantiles = intervals.quantiles(value[these], std[these], distance_km[these])
        crps = crps_quantile(truth[these], quantiles, LEVELS, m_axis=0)
        parts.append(_scores(quantiles[LOWER], quantiles[UPPER], truth[these], crps))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def gaussian_scores(value: np.ndarray, std: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """Score each value under a normal distribution, such as that of kriging; the same scores as :func:`quantile_scores`.

    Args:
        value: Means, shape ``[n]``.
        std: Standard deviations, shape ``[n]``.
        truth: Measurements, shape ``[n]``.
    """
    half = ndtri(LEVELS[UPPER]) * std
    crps = crps_normal(truth, value, np.maximum(std, 1e-9))
    return _scores(value - half, value + half, truth, crps)


def limit_scores(value: np.ndarray, lower: np.ndarray, upper: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """Score 90 % intervals; the CRPS is that of a normal distribution about the estimate whose 90 % interval is as wide.

    Args:
        value: Estimates, shape ``[n]``.
        lower: Lower ends of the intervals, shape ``[n]``.
        upper: Upper ends, shape ``[n]``.
        truth: Measurements, shape ``[n]``.

    Returns:
        The same scores as :func:`quantile_scores`.
    """
    std = (upper - lower) / (ndtri(LEVELS[UPPER]) - ndtri(LEVELS[LOWER]))
    return _scores(lower, upper, truth, crps_normal(truth, value, np.maximum(std, 1e-9)))


def _scores(lower: np.ndarray, upper: np.ndarray, truth: np.ndarray, crps: Any) -> dict[str, np.ndarray]:
    covered = (lower <= truth) & (truth <= upper)
    return {"covered": covered.astype(np.float64), "width": upper - lower, "crps": np.asarray(crps)}
