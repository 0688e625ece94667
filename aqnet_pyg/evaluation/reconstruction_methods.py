"""Interface of the reconstruction methods, and interpolators as rows of the tables."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, Interpolator
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.kriging import measurements_around
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.evaluation.method import Method, fitted_parameters


class Prediction(NamedTuple):
    """Predictions at targets.

    Args:
        value: Predictions, shape ``[hour, target]``, NaN where missing.
        std: Their standard deviations, of the same shape, if the method has any.
    """

    value: np.ndarray
    std: np.ndarray | None = None


class Reconstruction(Method, ABC):
    """A method that predicts a pollutant at targets from the measurements of other stations in the same hours."""

    @abstractmethod
    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Fit the method.

        Args:
            training: Visible stations; hours outside the training are NaN.
            validation: Visible stations; hours outside the validation are NaN.
            target: The pollutant to predict.
            seed: Random seed.
        """

    @abstractmethod
    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict targets.

        Args:
            measured: Input stations, at all hours: those of the fit, or some of them.
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            hours: The predicted hours, UTC, on the time axis of ``measured``.
        """

    def predict_unfitted(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict stations of the fit as if they had been hidden, to calibrate intervals; arguments as for :meth:`predict`.

        A method that is fitted to individual stations must not use that fit here.
        """
        return self.predict(measured, coordinates, hours)


class InterpolatorMethod(Reconstruction):
    """A classical interpolator, tuned on the training hours.

    Args:
        interpolator: Interpolator, not fitted.
        tuned: Cache of tuned interpolators.
    """

    def __init__(self, interpolator: Interpolator, tuned: TunedInterpolators | None = None) -> None:
        super().__init__()
        self.interpolator = interpolator
        self.tuned = tuned or TunedInterpolators()

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune the interpolator; validation hours and seed are not used. Arguments as for :meth:`Reconstruction.fit`."""
        self.target, self.stations = target, training.station
        self.interpolator = self.tuned.fit(self.interpolator, coordinates_of(training), values_of(training, target))
        self.chosen = fitted_parameters(self.interpolator)
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict, with standard deviations if the interpolator returns them; arguments as for :meth:`Reconstruction.predict`."""
        # Consecutive hours, for interpolators that use neighboring hours.
        values, rows = measurements_around(measured.reindex(station=self.stations), self.target, hours)
        predict: Callable[..., Any] = self.interpolator.predict
        if "return_std" in inspect.signature(predict).parameters:
            value, std = predict(coordinates, values, return_std=True)
            return Prediction(value[rows], std[rows])
        return Prediction(self.interpolator.predict(coordinates, values)[rows])
