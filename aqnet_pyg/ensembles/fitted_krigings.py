"""Krigings with chosen covariances at given stations, and what they estimate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from aqnet_pyg.baselines import Coordinates, FirstGuessKriging, Interpolator, OrdinaryKriging
from aqnet_pyg.errors import InputError

Kriging = Interpolator | FirstGuessKriging
"""A kriging of measurements, or of their departures from first guesses."""


class KrigingEstimate(NamedTuple):
    """Estimates at some places, each of shape ``[time, place]`` but the increments.

    Args:
        value: Ordinary kriging, of departures from first guesses if there are any.
        std: Its standard deviation.
        increments: Estimate of each further kriging minus this value, shape ``[time, place, member]``.
        background: Ordinary kriging at which networks start: the value if there are first guesses, else kriging of measurements.
    """

    value: np.ndarray
    std: np.ndarray
    increments: np.ndarray
    background: np.ndarray


class Guesses(NamedTuple):
    """First guesses where stations measure and where a kriging predicts; without any, the last axis is empty.

    Args:
        at_stations: Shape ``[time, station, field]``, NaN where missing.
        at_places: Shape ``[time, place, field]``.
    """

    at_stations: np.ndarray
    at_places: np.ndarray


class FittedKrigings:
    """Krigings with chosen covariances at given stations.

    Args:
        krigings: The first is ordinary kriging with a standard deviation; all parameters are set.
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        error_variance: Of the stations, as for :meth:`aqnet_pyg.baselines.OrdinaryKriging.fit`.
    """

    def __init__(
        self, krigings: Sequence[Kriging], coordinates: Coordinates, error_variance: np.ndarray | None = None
    ) -> None:
        self.coordinates = coordinates
        base, *self.others = (_at(each, coordinates, error_variance) for each in krigings)
        kriging = base.interpolator if isinstance(base, FirstGuessKriging) else base
        if not isinstance(kriging, OrdinaryKriging) or not isinstance(base, OrdinaryKriging | FirstGuessKriging):
            raise InputError(
                f"krigings: {type(kriging).__name__} comes first; give ordinary kriging, which has a standard deviation."
            )
        self.base = base

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, guesses: Guesses | None = None, with_std: bool = True
    ) -> KrigingEstimate:
        """Estimate places that are no stations.

        Args:
            coordinates: Longitudes and latitudes of the places in degrees, each of shape ``[place]``.
            values: Measurements at the stations on consecutive hours, shape ``[time, station]``, NaN where missing.
            guesses: First guesses in these hours, if krigings use them.
            with_std: Compute the standard deviation, which takes most of the time; otherwise it is NaN.
        """
        if not len(coordinates[0]):
            return self._missing(len(values), 0)
        at, std = (coordinates, values), np.full((len(values), len(coordinates[0])), np.nan)
        if isinstance(self.base, OrdinaryKriging):
            value, std = self.base.predict(*at, return_std=True) if with_std else (self.base.predict(*at), std)
        else:
            given = *at, *_given(guesses)
            value, std = self.base.predict(*given, return_std=True) if with_std else (self.base.predict(*given), std)
        background = value if self._starts_at_value else self.base.interpolator_.predict(*at)
        others = [
            each.predict(coordinates, values, *_given(guesses))
            if isinstance(each, FirstGuessKriging)
            else each.predict(coordinates, values)
            for each in self.others
        ]
        return _estimate(value, std, others, background)

    def leave_one_out(self, values: np.ndarray, fields: np.ndarray | None = None) -> KrigingEstimate:
        """Estimate each station from the other stations.

        Args:
            values: As for :meth:`predict`.
            fields: First guesses at the stations, ``[time, station, field]``, if krigings use them.
        """
        if isinstance(self.base, OrdinaryKriging):
            value, std = self.base.leave_one_out(values, return_std=True)
        else:
            value, std = self.base.leave_one_out(values, _known(fields), return_std=True)
        background = value if self._starts_at_value else self.base.interpolator_.leave_one_out(values)
        others = [
            each.leave_one_out(values, _known(fields))
            if isinstance(each, FirstGuessKriging)
            else each.leave_one_out(values)
            for each in self.others
        ]
        return _estimate(value, std, others, background)

    def not_estimated(self, hours: int) -> KrigingEstimate:
        """Return NaN at each station, in place of leave-one-out estimates that are not wanted.

        Args:
            hours: Number of hours.
        """
        return self._missing(hours, len(self.coordinates[0]))

    @property
    def _starts_at_value(self) -> bool:
        """Whether there are first guesses, or no drift; networks have no drift of other covariates."""
        if isinstance(self.base, OrdinaryKriging) or self.base.factors is None:
            return True
        return len(self.base.factors.used) > self.base.covariates

    def _missing(self, hours: int, places: int) -> KrigingEstimate:
        nan = np.full((hours, places), np.nan)
        return _estimate(nan, nan, [nan for _ in self.others], nan)


def _estimate(value: np.ndarray, std: np.ndarray, others: list[np.ndarray], background: np.ndarray) -> KrigingEstimate:
    increments = np.stack([each - value for each in others], axis=-1) if others else np.empty((*value.shape, 0))
    return KrigingEstimate(value, std, increments, background)


def _at(kriging: Kriging, coordinates: Coordinates, error_variance: np.ndarray | None) -> Kriging:
    """Return a kriging with its parameters at other stations."""
    nothing = np.empty((0, len(coordinates[0])))
    if isinstance(kriging, FirstGuessKriging):
        fields = 1 if kriging.factors is None else len(kriging.factors.used)
        return clone(kriging).fit(coordinates, nothing, np.empty((*nothing.shape, fields)), error_variance)
    fitted = clone(kriging)
    return fitted.fit(coordinates, nothing, error_variance)


def _given(guesses: Guesses | None) -> Guesses:
    if guesses is None:
        raise InputError("first_guess: the model was fitted with a first guess; give it.")
    return guesses


def _known(fields: np.ndarray | None) -> np.ndarray:
    if fields is None:
        raise InputError("first_guess: the model was fitted with a first guess; give it.")
    return fields
