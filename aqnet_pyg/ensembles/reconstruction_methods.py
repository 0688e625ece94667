"""Methods that reconstruct hidden stations, behind one interface: the rows of the tables."""

from __future__ import annotations

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import (
    IDW,
    Coordinates,
    Interpolator,
    MeanOfK,
    Nearest,
    OneSillKriging,
    OrdinaryKriging,
    SpaceTimeKriging,
)
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.resolver import find

__all__ = ["CLASSICAL", "Interpolated", "Prediction", "Reconstruction", "classical", "fitted_parameters"]

CONTEXT_HOURS = 24
"""Hours before the first and after the last wanted hour that an interpolator sees."""


class Prediction(NamedTuple):
    """What a method says of places without measurements.

    Args:
        value: Shape ``[hour, target]``, NaN where it says nothing.
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
            seed: Of everything random.
        """

    @abstractmethod
    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict.

        Args:
            measured: Stations to predict from, at all hours: those of the fit, or some of them.
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            hours: The wanted hours, UTC, on the time axis of ``measured``.
        """

    def predict_unlearned(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict stations of the fit as if they had not been among them: what intervals are calibrated on;
        arguments as for :meth:`predict`.

        A method that learns single stations by heart has to leave out what it learned.
        """
        return self.predict(measured, coordinates, hours)


class Interpolated(Reconstruction):
    """A classical interpolator, tuned on the training hours.

    Args:
        interpolator: The interpolator, not fitted.
    """

    def __init__(self, interpolator: Interpolator) -> None:
        super().__init__()
        self.interpolator = interpolator

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune; validation hours and seed are not looked at."""
        self.target, self.stations = target, training.station
        self.interpolator = _fitted(self.interpolator, coordinates_of(training), _values(training, target))
        self.chosen = fitted_parameters(self.interpolator)
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict, with the standard deviation of interpolators whose ``predict`` can return it."""
        time = measured.indexes["time"]
        wanted = time.get_indexer(hours)
        # Consecutive hours, for interpolators that look at neighboring ones.
        span = slice(max(wanted.min() - CONTEXT_HOURS, 0), wanted.max() + CONTEXT_HOURS + 1)
        values = _values(measured.isel(time=span).reindex(station=self.stations), self.target)
        if "return_std" in inspect.signature(self.interpolator.predict).parameters:
            value, std = self.interpolator.predict(coordinates, values, return_std=True)
            return Prediction(value[wanted - span.start], std[wanted - span.start])
        return Prediction(self.interpolator.predict(coordinates, values)[wanted - span.start])


CLASSICAL: dict[str, Callable[[], Interpolator]] = {
    "nearest": Nearest,
    "mean-k": MeanOfK,
    "idw": IDW,
    "kriging": OrdinaryKriging,
    "kriging-log": partial(OrdinaryKriging, log=True),
    "kriging-st": SpaceTimeKriging,
    "kriging-one-sill": OneSillKriging,
}
"""The classical rows, each tuned on the visible stations."""


def classical(name: str) -> Interpolated:
    """The classical row of that name, not fitted; or a baseline of another package, by the path of its class."""
    return Interpolated((CLASSICAL[name] if name in CLASSICAL else find(name, "models"))())


def fitted_parameters(estimator: Any) -> dict[str, Any]:
    """What an estimator chose: its attributes that end in ``_`` and are numbers or text."""
    found = {name: value for name, value in vars(estimator).items() if name.endswith("_") and not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, bool | int | float | str)}


_FITTED: OrderedDict[tuple[type, str, str], Interpolator] = OrderedDict()


def _fitted(interpolator: Interpolator, coordinates: Coordinates, values: np.ndarray) -> Interpolator:
    """Fit, or take the same interpolator that was fitted to the same values before.

    A row of the table is in the committee of another one, and with every seed again; tuning it takes minutes.
    """
    digest = hashlib.sha256()
    for array in (*coordinates, values):
        digest.update(np.ascontiguousarray(array).tobytes())
    key = type(interpolator), repr(interpolator), digest.hexdigest()
    if key not in _FITTED:
        _FITTED[key] = interpolator.fit(coordinates, values)
    _FITTED.move_to_end(key)
    while len(_FITTED) > 8:
        _FITTED.popitem(last=False)
    return _FITTED[key]


def _values(data: xr.Dataset, target: str) -> np.ndarray:
    return data[target].transpose("time", "station").values.astype(np.float64)
