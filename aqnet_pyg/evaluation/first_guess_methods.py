"""Interpolators that use a first guess, as rows of the tables."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.kriging import measurements_around
from aqnet_pyg.evaluation.method import fitted_parameters
from aqnet_pyg.evaluation.reconstruction_methods import Prediction, Reconstruction
from aqnet_pyg.readers.fields import sample


class DriftInterpolator(Protocol):
    """Interface of interpolators that use fields; :class:`aqnet_pyg.baselines.FirstGuessKriging` is one."""

    def fit(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> Any:
        """Fit; arguments as for :meth:`aqnet_pyg.baselines.FirstGuessKriging.fit`."""

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray, fields_at_targets: np.ndarray
    ) -> Any:
        """Return estimates, ``[time, target]``; arguments as for :meth:`aqnet_pyg.baselines.FirstGuessKriging.predict`."""


class FirstGuessMethod(Reconstruction):
    """An interpolator that uses a first guess, tuned on the training hours.

    Args:
        interpolator: Interpolator, not fitted.
        field: Name of its field in the case; others than ``right`` are wrong on purpose.
    """

    def __init__(self, interpolator: DriftInterpolator, field: str = "right") -> None:
        super().__init__()
        self.interpolator = interpolator
        self.field = field
        self.first_guess: xr.DataArray | None = None

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune the interpolator; validation hours and seed are not used. Arguments as for :meth:`Reconstruction.fit`.

        The attribute ``first_guess``, the field, has to be set before.
        """
        self.target, self.stations = target, training.station
        values = values_of(training, target)
        coordinates = coordinates_of(training)
        hours = pd.DatetimeIndex(training.indexes["time"])
        self.interpolator.fit(coordinates, values, self._at(coordinates, hours))
        self.chosen = fitted_parameters(self.interpolator)
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict, with standard deviations if the interpolator returns them; arguments as for :meth:`Reconstruction.predict`."""
        measured = measured.reindex(station=self.stations)
        values, rows = measurements_around(measured, self.target, hours)
        values = values[rows]
        stations = self.stations.longitude.values, self.stations.latitude.values
        fields = self._at(stations, hours), self._at(coordinates, hours)
        if "return_std" in inspect.signature(self.interpolator.predict).parameters:
            value, std = self.interpolator.predict(coordinates, values, *fields, return_std=True)  # type: ignore[call-arg]
            return Prediction(value, std)
        return Prediction(self.interpolator.predict(coordinates, values, *fields))

    def _at(self, coordinates: Coordinates, hours: pd.DatetimeIndex) -> np.ndarray:
        """Return the field at places, ``[time, place, 1]``."""
        assert self.first_guess is not None
        return sample(self.first_guess, *coordinates, hours)[..., None].astype(np.float64)
