"""Bins of distance to the nearest visible station, in which errors and intervals are told apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

__all__ = ["BINS_KM", "bin_names", "bin_of"]

BINS_KM = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Inner bounds of the bins in kilometres; a distance on a bound is in the farther bin."""


def bin_of(distance_km: np.ndarray) -> np.ndarray:
    """The bin of each distance in kilometres, 0 to ``len(BINS_KM)``, any shape."""
    return np.searchsorted(BINS_KM, distance_km, side="right")


def bin_names() -> list[str]:
    """Names of the bins, such as ``"2-5 km"``."""
    bounds = [0.0, *BINS_KM]
    names = [f"{low:g}-{high:g} km" for low, high in pairwise(bounds)]
    return [*names, f"{bounds[-1]:g}+ km"]
