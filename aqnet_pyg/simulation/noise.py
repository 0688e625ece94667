"""Autocorrelated random series."""

from __future__ import annotations

import numpy as np
import scipy.signal

_BURN_IN = 400  # hours after which the start from zero no longer matters


def red_noise(rng: np.random.Generator, hours: int, memory: float, turn: np.ndarray) -> np.ndarray:
    """Draw complex series with independent standard normal real and imaginary parts.

    A first-order autoregression is applied twice, which gives persistent series that are smoother than with one pass. A longer
    series from the same generator starts with a shorter one.

    Args:
        rng: Random generator.
        hours: Length of the series.
        memory: Correlation time in hours.
        turn: Phase rotation of each series in an hour, radians, ``[series]``.

    Returns:
        complex64, ``[hour, series]``.
    """
    series = rng.standard_normal((_BURN_IN + hours, len(turn), 2)).view(np.complex128)[..., 0]
    keep = np.exp(-1.6 / memory)
    series *= np.sqrt((1 - keep**2) ** 3 / (1 + keep**2))
    for number, angle in enumerate(turn):
        recursion = [1.0, -keep * np.exp(-1j * angle)]
        once = scipy.signal.lfilter([1.0], recursion, series[:, number])
        series[:, number] = scipy.signal.lfilter([1.0], recursion, once)
    return series[_BURN_IN:].astype(np.complex64)
