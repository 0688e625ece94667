"""Cache of tuned interpolators, so that methods that need the same one tune it once."""

from __future__ import annotations

import copy
import hashlib

import numpy as np

from aqnet_pyg.baselines import Coordinates, Interpolator

CAPACITY = 8
"""Interpolators that are kept, the oldest is dropped first: each holds a matrix of its stations."""


class TunedInterpolators:
    """Fits interpolators, and hands out copies of those that were fitted to the same measurements before.

    Tuning takes minutes for a large network, and the same kriging is a row of a table, a member of an ensemble and a reference
    in the scores of a run.
    """

    def __init__(self) -> None:
        self._fitted: dict[tuple[str, str], Interpolator] = {}

    def fit(self, interpolator: Interpolator, coordinates: Coordinates, values: np.ndarray) -> Interpolator:
        """Return a fitted copy of an interpolator.

        Args:
            interpolator: Not fitted; it is left as it is.
            coordinates: As for :meth:`aqnet_pyg.baselines.Interpolator.fit`.
            values: Likewise, ``[time, station]``.
        """
        digest = hashlib.sha256()
        for array in (*coordinates, values):
            digest.update(np.ascontiguousarray(array).tobytes())
        key = f"{type(interpolator).__qualname__}{interpolator.get_params()}", digest.hexdigest()
        if key not in self._fitted:
            self._fitted[key] = copy.deepcopy(interpolator).fit(coordinates, values)
        while len(self._fitted) > CAPACITY:
            self._fitted.pop(next(iter(self._fitted)))
        return copy.deepcopy(self._fitted[key])
