"""Random series that persist and forget."""

from __future__ import annotations

import numpy as np
import scipy.signal

__all__ = ["wander"]

_BURN_IN = 400  # hours after which a series has forgotten that it started from nothing


def wander(rng: np.random.Generator, hours: int, memory: float, turn: np.ndarray) -> np.ndarray:
    """Complex series with independent standard normal real and imaginary parts, drawn hour after hour.

    Each is the second pass of a first-order recursion: persistent, but without the jitter of a single pass. A longer series
    from the same generator starts with a shorter one.

    Args:
        rng: Where the randomness comes from.
        hours: Length of the series.
        memory: Hours over which a series forgets itself.
        turn: How far each series turns in an hour, radians, ``[series]``.

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
