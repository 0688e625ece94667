"""The interface of interpolators, and the checks of their measurements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, Self, overload

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates
from aqnet_pyg.errors import InputError

TUNING_HOURS = 240
"""Number of hours, drawn from those of the fit, on which hyper-parameters are chosen; more do not change the choice."""


class Interpolator(BaseEstimator, ABC):
    """Estimator of values at places without measurements, from the visible stations that measured in the same hour.

    A subclass assigns its parameters in ``__init__``; ``_fit`` chooses those that are ``None`` by leave-one-out over the
    visible stations and stores them as attributes that end in ``_``; ``_predict`` interpolates. The base class checks the
    input and stores the coordinates of the visible stations.

    Parameters that are ``None`` are chosen to minimize the mean absolute error. Neither method takes values of hidden
    stations. Stations at equal distances are used in the order in which they are given.

    Attributes:
        reach_hours: Hours before and after an hour whose values its estimate (or its standard deviation) is made from too.
        coordinates_: Longitudes and latitudes of the visible stations, degrees.
    """

    reach_hours: int = 0

    def fit(self, coordinates: Coordinates, values: np.ndarray) -> Self:
        """Fit to the training hours of the visible stations.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.

        Returns:
            This interpolator.

        Raises:
            InputError: If shapes or coordinates are invalid, or a parameter has to be chosen and no hour has measurements at two
                stations.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        self._fit(self._checked_values(values))
        return self

    def predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.

        Returns:
            float64 array of shape ``[time, target]``; NaN in hours in which no station measured.

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        return self._predict(*self._checked(coordinates, values))

    @abstractmethod
    def _fit(self, values: np.ndarray) -> None:
        """Set the attributes that end in ``_``; ``values`` are checked."""

    @abstractmethod
    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        """Return ``[time, target]``; both arguments are checked."""

    def _checked(self, coordinates: Coordinates, values: np.ndarray) -> tuple[Coordinates, np.ndarray]:
        check_is_fitted(self)
        return checked_coordinates(coordinates), self._checked_values(values)

    def _checked_values(self, values: np.ndarray) -> np.ndarray:
        return checked_values(values, len(self.coordinates_[0]))


class InterpolatorWithStd(Interpolator):
    """Interpolator whose estimates have a standard deviation, that a subclass returns from ``_predict_with_std``."""

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[False] = False
    ) -> np.ndarray: ...

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.
            return_std: Also return the standard deviation of a measurement at the target about the estimate,
                measurement error included.

        Returns:
            float64 array of shape ``[time, target]``, or a pair of them; NaN in hours in which no station measured
            (standard deviation: fewer than two).

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        if not return_std:
            return super().predict(coordinates, values)
        return self._predict_with_std(*self._checked(coordinates, values))

    @abstractmethod
    def _predict_with_std(self, coordinates: Coordinates, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and standard deviations, each ``[time, target]``; both arguments are checked."""


def tuning_hours(values: np.ndarray, parameters: str) -> np.ndarray:
    """Return positions of hours for choosing parameters: at most :data:`TUNING_HOURS`, each with two measurements or more.

    They are drawn at random with a fixed seed, because evenly spaced hours may all be the same hour of the day.

    Args:
        values: ``[time, station]``, NaN where missing.
        parameters: Names of the parameters to be chosen, for the error message.

    Raises:
        InputError: If no hour has measurements at two stations.
    """
    usable = np.flatnonzero(np.isfinite(values).sum(axis=1) >= 2)
    if usable.size == 0:
        raise InputError(
            f"values: no hour has measurements at two visible stations, so {parameters} cannot be chosen; "
            "give these parameters or more data."
        )
    if usable.size > TUNING_HOURS:
        usable = np.sort(np.random.default_rng(0).choice(usable, TUNING_HOURS, replace=False))
    return usable


def checked_values(values: np.ndarray, stations: int) -> np.ndarray:
    """Return measurements as float64, shape ``[time, station]``, NaN where missing.

    Args:
        values: Measurements of the visible stations.
        stations: Number of visible stations.

    Raises:
        InputError: If the shape is another one, or a number is infinite.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] != stations:
        raise InputError(
            f"values: shape {values.shape} was given for {stations} visible stations; use [time, {stations}]."
        )
    if np.isinf(values).any():
        raise InputError("values: infinite numbers were given; use NaN where a measurement is missing.")
    return values
