"""Interpolators that use a first guess, alone or stacked, as rows of the tables."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.baselines.coordinates import coordinates_of, nearest_km, values_of
from aqnet_pyg.ensembles.ensemble import fit_krigings
from aqnet_pyg.ensembles.fitted_krigings import Guesses, KrigingEstimate
from aqnet_pyg.ensembles.kriging import hours_around, measurements_around
from aqnet_pyg.evaluation.method import fitted_parameters
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import Prediction, Reconstruction
from aqnet_pyg.readers.fields import sample
from aqnet_pyg.windows import Window

WINDOW = Window(24, margin=6)
"""Window of the stacked krigings."""


class DriftInterpolator(Protocol):
    """Interface of interpolators that use fields; :class:`aqnet_pyg.baselines.FirstGuessKriging` is one."""

    def fit(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> Any:
        """Fit; arguments as for :meth:`aqnet_pyg.baselines.FirstGuessKriging.fit`."""

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray, fields_at_targets: np.ndarray
    ) -> Any:
        """Return estimates, ``[time, target]``; arguments as for :meth:`aqnet_pyg.baselines.FirstGuessKriging.predict`."""


class FirstGuessReconstruction(Reconstruction):
    """Base class of methods that use a first guess, the attribute ``first_guess``, which has to be set before they are fitted.

    Args:
        field: Name of the field in the case; others than ``right`` are wrong on purpose.
    """

    first_guess: xr.DataArray

    def __init__(self, field: str = "right") -> None:
        super().__init__()
        self.field = field

    def at(self, coordinates: Coordinates, hours: pd.DatetimeIndex) -> np.ndarray:
        """Return the first guess at places, ``[time, place, 1]``.

        Args:
            coordinates: Longitudes and latitudes in degrees, each of shape ``[place]``.
            hours: Ends of the hours, UTC.
        """
        return sample(self.first_guess, *coordinates, hours)[..., None].astype(np.float64)

    def guided(self, stations: xr.Dataset, target: str) -> xr.Dataset:
        """Return station data with the first guess as a variable, as :func:`aqnet_pyg.readers.with_first_guess` names it.

        Args:
            stations: Station data.
            target: The pollutant.
        """
        guess = self.at(coordinates_of(stations), pd.DatetimeIndex(stations.indexes["time"]))[..., 0]
        return stations.assign({f"{target}_first_guess": (("time", "station"), guess)})


class FirstGuessMethod(FirstGuessReconstruction):
    """An interpolator that uses a first guess, tuned on the training hours.

    Args:
        interpolator: Interpolator, not fitted.
        field: As for :class:`FirstGuessReconstruction`.
    """

    def __init__(self, interpolator: DriftInterpolator, field: str = "right") -> None:
        super().__init__(field)
        self.interpolator = interpolator

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune the interpolator; validation hours and seed are not used. Arguments as for :meth:`Reconstruction.fit`."""
        self.target, self.stations = target, training.station
        values = values_of(training, target)
        coordinates = coordinates_of(training)
        hours = pd.DatetimeIndex(training.indexes["time"])
        self.interpolator.fit(coordinates, values, self.at(coordinates, hours))
        self.chosen = fitted_parameters(self.interpolator)
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict, with standard deviations if the interpolator returns them; arguments as for :meth:`Reconstruction.predict`."""
        measured = measured.reindex(station=self.stations)
        values, rows = measurements_around(measured, self.target, hours)
        values = values[rows]
        stations = self.stations.longitude.values, self.stations.latitude.values
        fields = self.at(stations, hours), self.at(coordinates, hours)
        if "return_std" in inspect.signature(self.interpolator.predict).parameters:
            value, std = self.interpolator.predict(coordinates, values, *fields, return_std=True)  # type: ignore[call-arg]
            return Prediction(value, std)
        return Prediction(self.interpolator.predict(coordinates, values, *fields))


class StackedFirstGuess(FirstGuessReconstruction):
    """Stacked krigings of what stations measured beyond a first guess, see :func:`aqnet_pyg.ensembles.fit_krigings`.

    Args:
        options: Interpolators that were tuned before.
        field: As for :class:`FirstGuessReconstruction`.
    """

    def __init__(self, options: MethodOptions, field: str = "right") -> None:
        super().__init__(field)
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune and weight the krigings; validation hours and seed are not used. Arguments as for :meth:`Reconstruction.fit`."""
        self.target = target
        guided = self.guided(training, target)
        self.krigings = fit_krigings(guided, target, WINDOW, self.options.tuned, first_guess=(f"{target}_first_guess",))
        weights = self.krigings.weights
        assert weights is not None
        self.chosen = {
            f"{name}_{place}": round(float(weight), 3)
            for place, knot in (("near", 0), ("far", -1))
            for name, weight in zip(("kriging_log", "kriging_st"), weights.weights[knot], strict=True)
        }
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        estimate, km = self.estimate(measured, coordinates, hours)
        return Prediction(self.krigings.combine(estimate, km), estimate.std)

    def estimate(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[KrigingEstimate, np.ndarray]:
        """Return the estimates of the krigings, and the distance of each target to the nearest station in km, ``[target]``.

        Arguments as for :meth:`Reconstruction.predict`.
        """
        stations = coordinates_of(measured)
        span, rows = hours_around(measured, hours, self.krigings.reach_hours)
        here = measured.isel(time=span)
        time = pd.DatetimeIndex(here.indexes["time"])
        guesses = Guesses(self.at(stations, time), self.at(coordinates, time))
        estimate = self.krigings.at_stations(measured).predict(coordinates, values_of(here, self.target), guesses)
        return KrigingEstimate(*(array[rows] for array in estimate)), nearest_km(coordinates, stations)
