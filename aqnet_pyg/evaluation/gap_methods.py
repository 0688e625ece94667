"""Interface of the methods that fill gaps, and the estimators of :mod:`aqnet_pyg.baselines` as rows of the tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

import numpy as np
import xarray as xr
from scipy.special import ndtri

from aqnet_pyg.baselines import GapFiller
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.gap_intervals import LEVEL
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.method import Method, fitted_parameters


class Filled(NamedTuple):
    """Estimates at all hours and stations.

    Args:
        value: Estimates, and measurements as they are, shape ``[time, station]``; NaN where there is no estimate.
        lower: Lower ends of the 90 % intervals, of the same shape, if the method has any.
        upper: Upper ends.
    """

    value: np.ndarray
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None


class Filling(Method, ABC):
    """A method that fills the gaps of stations from their own measurements and those of the others."""

    @abstractmethod
    def fit(self, training: xr.Dataset, target: str, seed: int) -> Self:
        """Fit the method.

        Args:
            training: All stations; hours outside the training are NaN.
            target: The pollutant to fill.
            seed: Random seed.
        """

    @abstractmethod
    def fill(self, measured: xr.Dataset) -> Filled:
        """Fill all gaps.

        Args:
            measured: The stations of the fit, on the same hours, with the measurements of training and test that are not masked.
        """


class FillerMethod(Filling):
    """An estimator of gaps; if it has standard deviations, its intervals are those of a normal distribution.

    Args:
        filler: Estimator, not fitted.
        tuned: Cache of fitted estimators.
    """

    def __init__(self, filler: GapFiller, tuned: TunedInterpolators | None = None) -> None:
        super().__init__()
        self.filler = filler
        self.tuned = tuned or TunedInterpolators()
        self.stochastic = "seed" in filler.get_params()

    def fit(self, training: xr.Dataset, target: str, seed: int) -> Self:
        """Fit the estimator, with the seed if it takes one; arguments as for :meth:`Filling.fit`."""
        if self.stochastic:
            self.filler.set_params(seed=seed)
        self.target = target
        arrays = values_of(training, target), training.time.values
        self.filler = self.tuned.fit(self.filler, coordinates_of(training), *arrays)
        self.chosen = fitted_parameters(self.filler)
        return self

    def fill(self, measured: xr.Dataset) -> Filled:
        """Fill all gaps; arguments as for :meth:`Filling.fill`."""
        values, time = values_of(measured, self.target), measured.time.values
        estimate = getattr(self.filler, "estimate", None)
        if estimate is None:
            return Filled(self.filler.fill(values, time))
        value, spread = estimate(values, time)
        half = ndtri((1 + LEVEL) / 2) * spread
        return Filled(value, value - half, value + half)
