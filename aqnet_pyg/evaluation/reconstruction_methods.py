"""Methods that reconstruct hidden stations, behind one interface: the rows of the tables."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, Interpolator
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.kriging import measurements_around
from aqnet_pyg.ensembles.tuning import TunedInterpolators


class Prediction(NamedTuple):
    """Predictions at places without measurements.

    Args:
        value: Shape ``[hour, target]``, NaN where there is none.
        std: Its standard deviation, of the same shape, where the method has one.
    """

    value: np.ndarray
    std: np.ndarray | None = None


class Reconstruction(ABC):
    """Predicts a pollutant at places without measurements, at hours at which others measured.

    Attributes:
        stochastic: Whether the seed changes anything.
        chosen: The selected hyper-parameters, by name.
    """

    stochastic = False

    def __init__(self) -> None:
        self.chosen: dict[str, Any] = {}

    @abstractmethod
    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Learn.

        Args:
            training: Visible stations; hours outside the training are NaN.
            validation: Visible stations; hours outside the validation are NaN.
            target: The pollutant to predict.
            seed: Seed of everything random.
        """

    @abstractmethod
    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict.

        Args:
            measured: Stations to predict from, at all hours: those of the fit, or some of them.
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            hours: The predicted hours, UTC, on the time axis of ``measured``.
        """

    def predict_unfitted(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict stations of the fit as if they had not been among them: what intervals are calibrated on; arguments as for
        :meth:`predict`.

        A method that is fitted to individual stations has to leave out what it learned from them.
        """
        return self.predict(measured, coordinates, hours)


class InterpolatorMethod(Reconstruction):
    """A classical interpolator, tuned on the training hours.

    Args:
        interpolator: The interpolator, not fitted.
        tuned: Interpolators that were tuned before.
    """

    def __init__(self, interpolator: Interpolator, tuned: TunedInterpolators | None = None) -> None:
        super().__init__()
        self.interpolator = interpolator
        self.tuned = tuned or TunedInterpolators()

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune; validation hours and seed are not used."""
        self.target, self.stations = target, training.station
        values = training[target].transpose("time", "station").values.astype(np.float64)
        self.interpolator = self.tuned.fit(self.interpolator, coordinates_of(training), values)
        self.chosen = fitted_parameters(self.interpolator)
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict, with the standard deviation of interpolators whose ``predict`` can return it."""
        # Consecutive hours, for interpolators that use neighboring ones.
        values, rows = measurements_around(measured.reindex(station=self.stations), self.target, hours)
        if "return_std" in inspect.signature(self.interpolator.predict).parameters:
            value, std = self.interpolator.predict(coordinates, values, return_std=True)
            return Prediction(value[rows], std[rows])
        return Prediction(self.interpolator.predict(coordinates, values)[rows])


def fitted_parameters(estimator: Any) -> dict[str, Any]:
    """Return the chosen parameters of an estimator: its attributes that end in ``_`` and are numbers or text."""
    found = {name: value for name, value in vars(estimator).items() if name.endswith("_") and not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, bool | int | float | str)}
