"""Cache of tuned interpolators and gap fillers, so that methods that need the same one tune it once."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from aqnet_pyg.baselines import Coordinates, FirstGuessKriging, GapFiller, Interpolator

Estimator = TypeVar("Estimator", bound="Interpolator | FirstGuessKriging | GapFiller")

CAPACITY = 8
"""Estimators that are kept, the oldest is dropped first: each holds a matrix of its stations."""


class TunedInterpolators:
    """Fits interpolators and gap fillers, and returns copies of those that were fitted to the same measurements before.

    Tuning takes minutes for a large network, and the same kriging is a row of a table, a member of an ensemble and a reference
    in the scores of a run.
    """

    def __init__(self) -> None:
        self._fitted: dict[tuple[str, str], Interpolator | FirstGuessKriging | GapFiller] = {}

    def fit(self, estimator: Estimator, coordinates: Coordinates, *arrays: np.ndarray) -> Estimator:
        """Return a fitted copy of an estimator.

        Args:
            estimator: Not fitted; it is left as it is.
            coordinates: As for its ``fit``.
            arrays: Further arguments of its ``fit``: values ``[time, station]``, and first guesses, or the time of a gap
                filler.
        """
        digest = hashlib.sha256()
        for array in (*coordinates, *arrays):
            same_type = array.astype(np.float64) if array.dtype.kind == "f" else array  # as estimators convert it
            digest.update(np.ascontiguousarray(same_type).tobytes())
        key = f"{type(estimator).__qualname__}{estimator.get_params()}", digest.hexdigest()
        if key not in self._fitted:
            self._fitted[key] = copy.deepcopy(estimator).fit(coordinates, *arrays)
        while len(self._fitted) > CAPACITY:
            self._fitted.pop(next(iter(self._fitted)))
        return copy.deepcopy(self._fitted[key])
