"""Covariance of station-hours in space and time, as a table over pairs of stations and whole hours of lag."""

from __future__ import annotations

import numpy as np

TERMS = 4
"""Number of products of exponentials in distance and lag."""

SLOW_HOURS = 1000.0
"""Time in hours in which the slow part of a station's own departure decays."""

DAILY_KM, DAILY_HOURS = 200.0, 300.0
"""Distance and time in which the daily cycle's covariance decays."""

START = np.log(
    [
        *(1.2, 0.7, 0.13, 0.04),  # sills
        *(1150.0, 700.0, 300.0, 20.0),  # kilometers
        *(65.0, 50.0, 40.0, 4.0),  # hours
        *(0.001, 0.016, 2.0),  # a station's own slow and fast part, and the hours of the fast one
        *(0.018, 0.01, 0.001),  # daily cycle of the network and of a station, nugget
    ]
)
"""Logarithms of the parameters that a search starts from, in the order of :func:`covariance_table`, shape ``[18]``."""


def covariance_table(parameters: np.ndarray, distance: np.ndarray, lags: int) -> np.ndarray:
    r"""Return the covariance for every pair of stations and every lag.

    .. math::
        C = \sum_j v_j e^{-d / r_j} e^{-h / \tau_j} + g \, e^{-d / 200} c(h) +
            [\text{same}] \, (a \, e^{-h / 1000} + b \, e^{-h / \beta} + q \, c(h)) + [\text{same}, h = 0] \, \nu,
        \qquad c(h) = \cos(2 \pi h / 24) \, e^{-h / 300}

    with great-circle distances :math:`d` in kilometers, on which an exponential is positive definite (Gneiting 2013,
    doi 10.3150/12-BEJSP06), and lags :math:`h` in hours.

    Args:
        parameters: Logarithms of :math:`v_j, r_j, \tau_j, a, b, \beta, g, q, \nu`, shape ``[18]``.
        distance: Kilometers between stations, shape ``[station, station]``; a station is the same as itself only.
        lags: Largest lag in hours.

    Returns:
        float64 array of shape ``[station, station, lags + 1]``.
    """
    sill, range_km, range_hours = np.exp(parameters[: 3 * TERMS]).reshape(3, TERMS)
    slow, fast, fast_hours, daily, own_daily, nugget = np.exp(parameters[3 * TERMS :])
    lag = np.arange(lags + 1.0)
    cycle = np.cos(2 * np.pi * lag / 24) * np.exp(-lag / DAILY_HOURS)
    space = np.exp(-distance[..., None] / np.append(range_km, DAILY_KM))
    time = np.vstack([sill[:, None] * np.exp(-lag / range_hours[:, None]), daily * cycle])
    table = (space.reshape(-1, TERMS + 1) @ time).reshape(*distance.shape, -1)
    own = slow * np.exp(-lag / SLOW_HOURS) + fast * np.exp(-lag / fast_hours) + own_daily * cycle
    own[0] += nugget
    same = np.arange(len(distance))
    table[same, same] += own
    return table
